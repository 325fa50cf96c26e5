import { strictEqual as equal, throws } from "node:assert/strict";
import { ValueError } from "../../value_error.ts";
import { lookupUrl } from "./lookup.ts";

Deno.test("lookupUrl takes addresses and URLs, with or without a path", () => {
  const cases: [string, string][] = [
    ["127.0.0.1:4161", "http://127.0.0.1:4161/lookup?topic=a%23b"],
    ["[::1]:4161", "http://[::1]:4161/lookup?topic=a%23b"],
    ["https://lookup.example", "https://lookup.example/lookup?topic=a%23b"],
    ["http://proxy:80/nsq/lookup?x=1", "http://proxy/nsq/lookup?x=1&topic=a%23b"],
  ];
  for (const [address, url] of cases) equal(lookupUrl(address, "a#b"), url);
  equal(lookupUrl("127.0.0.1:4161", ""), "http://127.0.0.1:4161/nodes");
});

Deno.test("lookupUrl refuses what has no port and is no URL", () => {
  for (const address of ["", "localhost", "localhost:", "ftp://x:1", "a b:1", "http://"]) {
    throws(() => lookupUrl(address, "t"), ValueError, address);
  }
});
