import type { HttpRequest } from "./request.ts";
import { respondText } from "./respond.ts";

const HOST = /^[A-Za-z0-9\-._~!$&'()*+;=%:[\]]*$/;

/**
 * The answer to a request that cannot be understood in one way only, as Go gives it. The runtime, which has read the request,
 * lets these pass. It tells no HTTP/1.0 from 1.1, so that nobody can be asked for a Host here.
 *
 * @returns null for a good one
 */
export function refuseMalformed({ headers }: Pick<HttpRequest, "headers">): Response | null {
  if (!HOST.test(headers.get("host") ?? "")) {
    return refusal(400, "Bad Request: malformed Host header");
  }
  const expectation = headers.get("expect");
  if (expectation !== null && !/^(?:100-continue)?$/i.test(expectation)) {
    return refusal(417, "Expectation Failed");
  }
  if (headers.has("transfer-encoding") && headers.has("content-length")) {
    return refusal(400, "Bad Request"); // a proxy may have seen the end of the body elsewhere
  }
  return null;
}

function refusal(status: number, words: string): Response {
  return respondText(status, `${status} ${words}`, [["Connection", "close"]]);
}
