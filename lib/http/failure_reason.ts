/** Why a request failed, as a log may show it. */

import { DialError } from "../net/dial.ts";

/** How the runtime begins: with the URL, and addresses that whoever reports it names anyway. */
const RUNTIME_PREFIX = /^error sending request(?: (?:from \S+ )?for \S+(?: \(\S*\))?)?(?:: |$)/;

/** The reason without the URL: that may hold a password, an auth secret or a message. @param error what `fetch`, or reading its body, threw */
export function failureReason(error: Error): string {
  if (error instanceof DialError) return error.message;
  if (error.name === "TimeoutError") return "timeout";
  const reason = wordsOf(error)
    .replaceAll(/ for url \(.*?\)(?=:|$)/gs, "")
    .replace(RUNTIME_PREFIX, "")
    .replace(/^client error \(\w+\): (?:tcp connect error: )?/, "");
  if (/invalid HTTP version/.test(reason)) {
    return "the answer is not HTTP: is it the port of an HTTP server?";
  }
  if (/InvalidContentType/.test(reason)) {
    return "the answer is not TLS: is it the port of an HTTPS server?";
  }
  const certificate = /^invalid peer certificate: (.*)$/s.exec(reason)?.[1];
  if (certificate !== undefined) return `its certificate is not trusted: ${flaw(certificate)}`;
  return reason || "no answer";
}

/** Newer runtimes keep what they know for the cause, as Node does. */
function wordsOf({ message, cause }: Error): string {
  return message === "fetch failed" && cause instanceof Error ? cause.message : message;
}

/** The runtime names most of what is wrong with a certificate by a word of its source alone. */
function flaw(text: string): string {
  if (text.includes("CaUsedAsEndEntity")) {
    return "it is an authority's own, not a server's (make it with basicConstraints=CA:FALSE)";
  }
  if (text === "UnknownIssuer") return "it comes from an unknown authority";
  if (/^Expired\b/.test(text)) return "it has expired";
  if (/^NotValidYet\b/.test(text)) return "it is not valid yet";
  return text;
}
