import { strictEqual as equal } from "node:assert/strict";
import { isSameOrigin } from "./same_origin.ts";

Deno.test("isSameOrigin believes Sec-Fetch-Site, else compares Origin and Host, else trusts scripts", () => {
  const cases: [Record<string, string>, boolean][] = [
    [{ host: "nsq:4171" }, true],
    [{ host: "nsq:4171", origin: "http://nsq:4171" }, true],
    [{ host: "NSQ:80", origin: "http://nsq" }, true],
    [
      { host: "127.0.0.1:4171", "x-forwarded-host": "nsq.example", origin: "https://nsq.example" },
      true,
    ],
    [{ host: "nsq:4171", origin: "http://nsq:4172" }, false],
    [{ host: "nsq", origin: "http://nsq.evil.example" }, false],
    [{ host: "nsq", origin: "null" }, false],
    [{ host: "nsq", origin: "http://nsq", "sec-fetch-site": "cross-site" }, false],
    [{ host: "nsq", origin: "http://nsq", "sec-fetch-site": "same-site" }, false],
    [{ host: "nsq", origin: "http://other", "sec-fetch-site": "same-origin" }, true],
  ];
  for (const [headers, expected] of cases) {
    equal(isSameOrigin(new Headers(headers)), expected, JSON.stringify(headers));
  }
});
