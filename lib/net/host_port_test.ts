import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { parseHostPort } from "./host_port.ts";
import { ValueError } from "../value_error.ts";

Deno.test("parseHostPort splits Go's addresses", () => {
  const cases: [string, string, number][] = [
    ["127.0.0.1:4150", "127.0.0.1", 4150],
    ["localhost:0", "localhost", 0],
    [":4150", "", 4150],
    ["host:", "host", 0],
    ["[::1]:4150", "::1", 4150],
    ["[::]:65535", "::", 65535],
  ];
  for (const [address, hostname, port] of cases) {
    deepStrictEqual(parseHostPort(address), { hostname, port }, address);
  }
});

Deno.test("parseHostPort leaves what is no address alone", () => {
  for (const address of ["", "/run/nsqd.sock", "localhost", "::1", "[::1]", "a:b:1"]) {
    strictEqual(parseHostPort(address), undefined, address);
  }
});

Deno.test("parseHostPort refuses a port out of range", () => {
  for (const address of ["host:65536", "host:-1", "host:http", ":4150 "]) {
    throws(() => parseHostPort(address), ValueError, address);
  }
  throws(() => parseHostPort("host:4151/"), /: leave out "\/"$/);
});
