import type { HttpRequest } from "../../http/request.ts";
import { joined } from "../../wire/joined.ts";
import { HEAD_LINES, HEADERS } from "./entries.ts";
import type { RemoteBody } from "./remote_body.ts";

/** Where each header stands in a head. */
const LINES: ReadonlyMap<string, number> = new Map(
  HEADERS.map((name, index) => [name, HEAD_LINES.headers + index]),
);

const LENGTH_LINE = LINES.get("content-length");

/** The headers of a request that another thread has received. */
class RemoteHeaders {
  /** @param bodyBytes length of the body that has come along; 0 for none */
  constructor(private readonly head: readonly string[], private readonly bodyBytes: number) {}

  get(name: string): string | null {
    const line = LINES.get(name.toLowerCase());
    if (line === undefined) throw new Error(`the header ${name} does not come from I/O threads`);
    const text = this.head[line]!;
    if (text !== "") return text.slice(1);
    return line === LENGTH_LINE && this.bodyBytes > 0 ? String(this.bodyBytes) : null;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }
}

/** A request that another thread has received. */
export class RemoteRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: RemoteHeaders;
  bodyUsed = false;
  /** What has come with the request, or what will come. */
  readonly #content: Uint8Array | RemoteBody;
  readonly #watch: () => AbortSignal;
  #stream: ReadableStream<Uint8Array> | null = null;

  /** @param watch called when somebody wants to know whether the client has gone */
  constructor(
    head: readonly string[],
    content: Uint8Array | RemoteBody,
    watch: () => AbortSignal,
  ) {
    this.method = head[HEAD_LINES.method]!;
    this.url = head[HEAD_LINES.url]!;
    this.headers = new RemoteHeaders(head, content instanceof Uint8Array ? content.length : 0);
    this.#content = content;
    this.#watch = watch;
  }

  get signal(): AbortSignal {
    return this.#watch();
  }

  get body(): ReadableStream<Uint8Array> | null {
    if (this.#stream !== null) return this.#stream;
    const content = this.#content;
    if (content instanceof Uint8Array && content.length === 0) return null;
    let isCancelled = false;
    return this.#stream = new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const piece = await this.#next();
        if (isCancelled) return;
        if (piece === null) controller.close();
        else controller.enqueue(piece);
      },
      cancel: () => {
        isCancelled = true;
        this.bodyUsed = true;
        if (!(content instanceof Uint8Array)) content.drop();
      },
    }, { highWaterMark: 0 });
  }

  bytes(): Promise<Uint8Array> {
    const content = this.#content;
    if (!(content instanceof Uint8Array)) return this.#allPieces();
    this.bodyUsed = true;
    return Promise.resolve(content);
  }

  async #allPieces(): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let piece; (piece = await this.#next()) !== null;) pieces.push(piece);
    return joined(pieces);
  }

  #next(): Promise<Uint8Array | null> {
    const content = this.#content;
    if (!(content instanceof Uint8Array)) {
      this.bodyUsed = true;
      return content.next();
    }
    const isFirst = !this.bodyUsed;
    this.bodyUsed = true;
    return Promise.resolve(isFirst ? content : null);
  }
}
