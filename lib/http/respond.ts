import { toJson } from "./json.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const TEXT_TYPE = "text/plain; charset=utf-8";
const HTML_TYPE = "text/html; charset=utf-8";
const API_HEADER = "X-NSQ-Content-Type";
const API_VERSION = "nsq; version=1.0";
/**
 * Keeps `Deno.serve` from compressing an answer by itself: that would cost time on the event loop
 * which carries the messages.
 */
const PLAIN_TRANSFER: [string, string] = ["Cache-Control", "no-transform"];

/** An answer whose body is there as a whole: whoever sends it need not read a stream. */
export class WholeResponse extends Response {
  constructor(readonly whole: string | null, init: ResponseInit) {
    super(whole, init);
  }
}

/** What most requests are answered with. */
const OK = "OK";
const OK_V1 = respond(200, OK, [["Content-Type", TEXT_TYPE], [API_HEADER, API_VERSION]]);

/**
 * What a handler may give back: a string is sent as text, null as an empty body, a `Response` as
 * it is, and anything else as JSON.
 */
export type Answer = string | number | boolean | object | null;

/** A successful answer in version 1 of the API, which is the only one. It may be another request's, too: see {@link ownResponse}. */
export function respondV1(answer: Answer): Response {
  if (answer === OK) return OK_V1;
  if (answer instanceof Response) return answer;
  if (answer === null || answer === "") return respond(200, null, [[API_HEADER, API_VERSION]]);
  if (typeof answer === "string") {
    return respond(200, answer, [["Content-Type", TEXT_TYPE], [API_HEADER, API_VERSION]]);
  }
  return respondJson(200, answer);
}

/** Whether an answer is many requests'. */
export function isShared(response: Response): boolean {
  return response === OK_V1;
}

/** The same answer, for one request alone. A copy is cheaper than another one, whose headers would be looked at. */
export function ownResponse(response: Response): Response {
  return isShared(response) ? OK_V1.clone() : response;
}

/** A refusal in version 1 of the API: `{"message": …}`. */
export function respondErrorV1(status: number, message: string): Response {
  return respondJson(status, { message });
}

/** Text without the header that marks the versioned API. */
export function respondText(
  status: number,
  text: string,
  headers: [string, string][] = [],
): Response {
  if (text === "") return respond(status, null, headers);
  return respond(status, text, [["Content-Type", TEXT_TYPE], ...headers]);
}

/** 301 for GET, with a link for people; 307, which keeps method and body, for everything else. */
export function respondRedirect(method: string, location: string): Response {
  if (method !== "GET") return respond(307, null, [["Location", location]]);
  const body = `<a href="${escapeHtml(location)}">Moved Permanently</a>.\n\n`;
  return respond(301, body, [["Content-Type", HTML_TYPE], ["Location", location]]);
}

/** A page. */
export function respondHtml(body: string, headers: [string, string][] = []): Response {
  return respond(200, body, [["Content-Type", HTML_TYPE], ...headers]);
}

/** Text made safe inside an HTML page or attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&#34;")
    .replaceAll("'", "&#39;");
}

/** A successful answer in version 1 of the API whose JSON was written by the caller. */
export function respondJsonText(text: string | ReadableStream<Uint8Array>): Response {
  return respond(200, text, [["Content-Type", JSON_TYPE], [API_HEADER, API_VERSION]]);
}

function respondJson(status: number, value: unknown): Response {
  return respond(status, toJson(value), [["Content-Type", JSON_TYPE], [API_HEADER, API_VERSION]]);
}

function respond(
  status: number,
  body: string | ReadableStream<Uint8Array> | null,
  headers: [string, string][],
): Response {
  const init: ResponseInit = { status, headers: [...headers, PLAIN_TRANSFER] };
  return body instanceof ReadableStream ? new Response(body, init) : new WholeResponse(body, init);
}

/** JSON that is offered as a file to save, sent piece by piece. */
export function respondFile(name: string, pieces: Iterable<string>): Response {
  const headers = new Headers([
    ["Content-Type", "application/json"],
    ["Content-Disposition", `attachment; filename="${name}"`],
    ["X-Content-Type-Options", "nosniff"],
    PLAIN_TRANSFER,
  ]);
  const stream = ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
  return new Response(stream, { headers });
}
