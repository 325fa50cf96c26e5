/** Why a request failed, as a log may show it. */

import { DialError } from "../net/dial.ts";

/** How the runtime begins: with the URL, and addresses that whoever reports it names anyway. */
const RUNTIME_PREFIX = /^error sending request(?: (?:from \S+ )?for \S+(?: \(\S*\))?)?(?:: |$)/;

/** The reason without the URL: that may hold a password, an auth secret or a message. @param error what `fetch`, or reading its body, threw */
export function failureReason(error: Error): string {
  if (error instanceof DialError) return error.message;
  if (error.name === "TimeoutError") return "timeout";
  const reason = error.message
    .replaceAll(/ for url \(.*?\)(?=:|$)/gs, "")
    .replace(RUNTIME_PREFIX, "")
    .replace(/^client error \(\w+\): (?:tcp connect error: )?/, "");
  if (/invalid HTTP version/.test(reason)) {
    return "the answer is not HTTP: is it the port of an HTTP server?";
  }
  return reason || "no answer";
}
