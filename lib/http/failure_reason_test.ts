import { strictEqual as equal } from "node:assert/strict";
import { failureReason } from "./failure_reason.ts";

Deno.test("failureReason leaves the URL out, in each form in which the runtime has it", () => {
  const cases: [message: string, reason: string][] = [
    [
      "error sending request from 127.0.0.1:5 for http://h:1/auth?secret=s (127.0.0.1:1): client error (SendRequest): connection closed",
      "connection closed",
    ],
    [
      "error sending request for url (http://h:1/auth?secret=s): client error (Connect): tcp connect error: refused",
      "refused",
    ],
    ["error sending request for http://u:p@[::1]:1/ ([::1]:1)", "no answer"],
    [
      "error decoding response body for url (http://h:1/?s): early end",
      "error decoding response body: early end",
    ],
    [
      "error sending request from [::1]:5 for http://h:1/ ([::1]:1): client error (SendRequest): invalid HTTP version parsed",
      "the answer is not HTTP: is it the port of an HTTP server?",
    ],
    [
      "client error (Connect): received corrupt message of type InvalidContentType",
      "the answer is not TLS: is it the port of an HTTPS server?",
    ],
    [
      "client error (Connect): invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))",
      "its certificate is not trusted: it is an authority's own, not a server's (make it with basicConstraints=CA:FALSE)",
    ],
    [
      "client error (Connect): invalid peer certificate: UnknownIssuer",
      "its certificate is not trusted: it comes from an unknown authority",
    ],
    [
      'client error (Connect): invalid peer certificate: certificate not valid for name "h"',
      'its certificate is not trusted: certificate not valid for name "h"',
    ],
  ];
  for (const [message, reason] of cases) {
    equal(failureReason(new TypeError(message)), reason);
    const cause = new Error(message);
    equal(failureReason(new TypeError("fetch failed", { cause })), reason, "as of Deno 2.9");
  }
});
