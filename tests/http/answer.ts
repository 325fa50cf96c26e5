/** What the HTTP API answers, in a form that is easy to compare. */
import type { Nsqd } from "../harness/mod.ts";

/** Status and body: `400 {"message":"MSG_EMPTY"}`. */
export async function answer(
  nsqd: Nsqd,
  method: string,
  path: string,
  body?: BodyInit,
): Promise<string> {
  const init: RequestInit = { method, redirect: "manual" };
  const response = await nsqd.http(path, body === undefined ? init : { ...init, body });
  return `${response.status} ${await response.text()}`;
}

/** Headers that a client may depend on. */
const HEADERS = ["Allow", "Content-Length", "Content-Type", "Location", "X-NSQ-Content-Type"];

/** Those of the headers above that an answer has, one a line: `Allow: GET, OPTIONS`. */
export async function headers(nsqd: Nsqd, method: string, path: string): Promise<string[]> {
  const response = await nsqd.http(path, { method, redirect: "manual" });
  await response.body?.cancel();
  return HEADERS
    .filter((name) => response.headers.has(name))
    .map((name) => `${name}: ${response.headers.get(name)}`);
}

/** The answer that refuses with this message. */
export function refusal(status: number, message: string): string {
  return `${status} {"message":"${message}"}`;
}
