/** HTTP byte for byte, over plain connections and TLS. */
import { fail } from "../harness/assert.ts";
import { concat, withDeadline } from "../harness/mod.ts";

const DEADLINE_MS = 60_000;
/** Nothing more comes when nothing has come for so long. */
const QUIET_MS = 300;

/** How a client reaches a server. */
export type Dial = () => Promise<Deno.TcpConn | Deno.TlsConn>;

/** What came back. */
export interface Raw {
  readonly text: string;
  /** Whether the server has closed the connection behind it. */
  readonly closed: boolean;
}

/** One answer. */
export interface Answer {
  readonly statusLine: string;
  /** Names in lower case. */
  readonly headers: Headers;
  readonly body: string;
}

/** What is to be seen behind the answers: an event, so that nothing has to be waited for in silence. */
export type End =
  /** The server closes the connection. */
  | "closed"
  /** It answers one more request. */
  | "open"
  /** Either: nothing more comes for a while. */
  | "quiet"
  /** Either: this has come. */
  | RegExp;

/** A request to ask with whether a connection is open, and how its answer ends. */
const PROBE = "GET /probe HTTP/1.1\r\nHost: a\r\n\r\n";
const PROBE_ANSWER = /HTTP\/1.1 404 Not Found\r\n[^]*{"message":"NOT_FOUND"}$/;

/**
 * Sends the pieces one after the other, each when something has come back for the one before, and reads until the end that
 * is expected.
 *
 * @throws {Error} when that does not come in time
 */
export async function exchange(
  dial: Dial,
  pieces: readonly string[],
  { halfClose = false, end = "quiet" }: { halfClose?: boolean; end?: End } = {},
): Promise<Raw> {
  const conn = await dial();
  let received = new Uint8Array(0);
  let closed = false;
  let wake = () => {};
  const reading = (async () => {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let count; (count = await conn.read(buffer)) !== null; wake()) {
        received = concat(received, buffer.subarray(0, count));
      }
    } catch (error) {
      // A reset, or TLS that ends without saying so: closed as well.
      if (error instanceof Deno.errors.BadResource) return;
    }
    closed = true;
    wake();
  })();
  const more = () => new Promise<void>((resolve) => wake = resolve);
  const text = () => new TextDecoder().decode(received);
  const until = async (condition: () => boolean, what: string) => {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!condition()) {
      if (closed) fail(`closed instead of ${what}: ${text().slice(0, 2000)}`);
      await withDeadline(more(), deadlineMs - performance.now(), what);
    }
  };
  try {
    for (const [index, piece] of pieces.entries()) {
      const answered = more();
      await send(conn, piece);
      if (index + 1 === pieces.length && halfClose) await conn.closeWrite();
      if (!closed) await withDeadline(answered, DEADLINE_MS, `an answer to ${piece.slice(0, 80)}`);
    }
    if (end === "closed") {
      await until(() => closed, "the end of the connection");
    } else if (end === "open") {
      await send(conn, PROBE);
      await until(() => PROBE_ANSWER.test(text()), "an answer to one more request");
      return { text: text().slice(0, text().lastIndexOf("HTTP/1.1 404 ")), closed };
    } else if (end instanceof RegExp) {
      await until(() => end.test(text()), `${end}`);
    } else {
      for (let length = -1; !closed && length !== received.length;) {
        length = received.length;
        await moreOrQuiet(more());
      }
    }
    return { text: text(), closed };
  } finally {
    conn.close();
    await reading;
  }
}

async function moreOrQuiet(more: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const quiet = new Promise<void>((resolve) => timer = setTimeout(resolve, QUIET_MS));
  await Promise.race([more, quiet]);
  clearTimeout(timer);
}

async function send(conn: Deno.Conn, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(await conn.write(rest));
    } catch {
      return; // it has been refused before all of it was sent
    }
  }
}

/** Takes answers apart, whose bodies have a length, come in chunks, or end with the connection. */
export function answersOf({ text }: Raw, method = "GET"): Answer[] {
  const answers: Answer[] = [];
  for (let rest = text; rest !== "";) {
    const end = rest.indexOf("\r\n\r\n");
    if (end < 0) fail(`no answer: ${JSON.stringify(rest)}`);
    const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
    const headers = new Headers(
      lines.map((line): [string, string] => [
        line.slice(0, line.indexOf(":")),
        line.slice(line.indexOf(":") + 1).trim(),
      ]),
    );
    rest = rest.slice(end + 4);
    const isBodiless = method === "HEAD" || / 100 /.test(statusLine);
    const length = isBodiless ? 0 : Number(headers.get("content-length") ?? rest.length);
    answers.push({ statusLine, headers, body: rest.slice(0, length) });
    rest = rest.slice(length);
  }
  return answers;
}
