/** Consuming over HTTP, as a script does. */
import { equal } from "../harness/assert.ts";
import type { Nsqd } from "../harness/mod.ts";

/** A message as it comes over HTTP. */
export interface Leased {
  id: string;
  published: string;
  attempts: number;
  lease: string;
  body?: string;
  body_base64?: string;
}

/** What the topic's channel `ch` gives. @param query such as `count=10&wait=5s` */
export async function take(nsqd: Nsqd, topic: string, query = ""): Promise<Leased[]> {
  const path = `/channel/take?topic=${topic}&channel=ch&${query}`;
  const response = await nsqd.http(path, { method: "POST" });
  const text = await response.text();
  equal(response.status, 200, `${path}: ${text}`);
  return JSON.parse(text).messages;
}

/** POSTs to one of `/message/…`. @returns status and body */
export async function answerMessage(
  nsqd: Nsqd,
  action: string,
  topic: string,
  query: string,
): Promise<string> {
  const path = `/message/${action}?topic=${topic}&channel=ch&${query}`;
  const response = await nsqd.http(path, { method: "POST" });
  return `${response.status} ${await response.text()}`;
}

/** What `/channel/peek` and `/topic/peek` answer. */
export interface Peeked {
  total: number;
  offset: number;
  state: string;
  messages: {
    id: string;
    published: string;
    attempts: number;
    size: number;
    body?: string;
    body_base64?: string;
    truncated?: true;
    due?: string;
    holder?: { client_id: string; hostname: string; remote_address: string } | null;
    why_dead?: string;
    first_delivery?: string;
    last_delivery?: string;
  }[];
}

/** Looks at messages. @param path with its query */
export async function peek(nsqd: Nsqd, path: string): Promise<Peeked> {
  const response = await nsqd.http(path);
  const text = await response.text();
  equal(response.status, 200, `${path}: ${text}`);
  return JSON.parse(text);
}

/** The messages of a stream, one after the other. End it by `using`. */
export class Stream {
  readonly #abort: AbortController;
  readonly #reader: ReadableStreamDefaultReader<string>;
  #received = "";

  private constructor(readonly response: Response, abort: AbortController) {
    this.#abort = abort;
    this.#reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  }

  static async open(
    nsqd: Nsqd,
    topic: string,
    query = "",
    headers: Record<string, string> = {},
  ): Promise<Stream> {
    const abort = new AbortController();
    const path = `/channel/stream?topic=${topic}&channel=ch&${query}`;
    const response = await nsqd.http(path, { headers, signal: abort.signal });
    equal(response.status, 200);
    return new Stream(response, abort);
  }

  /** The next line that is not empty; null at the end. */
  async line(): Promise<string | null> {
    for (;;) {
      const end = this.#received.indexOf("\n");
      if (end >= 0) {
        const line = this.#received.slice(0, end);
        this.#received = this.#received.slice(end + 1);
        if (line !== "") return line;
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return null;
      this.#received += value;
    }
  }

  async next(): Promise<Leased> {
    return JSON.parse(await this.line() ?? "null");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#reader.read().catch(() => {}); // it was aborted
  }
}
