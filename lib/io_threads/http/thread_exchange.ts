import { peerName } from "../../net/peer.ts";
import { AnswerStream } from "./answer_stream.ts";
import { type CodedAnswer, requestBytes } from "./codec.ts";
import { AnswerFlag, BodyState, HEADERS, HttpFromThread } from "./entries.ts";
import type { Outbox } from "./outbox.ts";

/** A body that promises no more is read at once, and goes along with its request. */
const SMALL_BYTES = 64 * 1024;

/** The body comes in pieces of this size at most. */
const PIECE_BYTES = 64 * 1024;

const LENGTH_LINE = HEADERS.indexOf("content-length");

const WITHOUT_BODY = ["GET", "HEAD", "CONNECT"];

const encoder = new TextEncoder();

/** What the server says of who has asked. */
export interface ExchangeInfo {
  readonly remoteAddr: Deno.Addr;
  readonly completed: Promise<void>;
}

/** An exchange over HTTP in the thread that serves it: tells the core of the request, and does with it what the core says. */
export class ThreadExchange {
  /** Resolves with the answer. */
  readonly answer: Promise<Response>;
  readonly #resolve: (answer: Response) => void;
  readonly #request: Request;
  readonly #info: ExchangeInfo;
  readonly #outbox: Outbox;
  /** Method and URL, a line each. */
  #start = "";
  /** Of {@link HEADERS}. */
  #headers: readonly (string | null)[] = [];
  #address = "";
  /** The body, while it is read as a whole. */
  #whole: Promise<Uint8Array> | null = null;
  /** Whether the core knows of the request. */
  #told = false;
  #reader: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** What was read and not told. */
  #rest = new Uint8Array(0);
  #bodyEnded = false;
  #stream: AnswerStream | null = null;

  constructor(readonly number: number, request: Request, info: ExchangeInfo, outbox: Outbox) {
    const { promise, resolve } = Promise.withResolvers<Response>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#request = request;
    this.#info = info;
    this.#outbox = outbox;
  }

  /** Tells the core of the request; together with the body, if that is short. @returns what is done when that was read; null if nothing is */
  begin(): Promise<void> | null {
    const { headers, method, url } = this.#request;
    const values = this.#headers = HEADERS.map((name) => headers.get(name));
    this.#start = method + "\n" + url;
    this.#address = peerName(this.#info.remoteAddr);
    const [, length, coding, expectation] = values;
    const isBodiless = WITHOUT_BODY.includes(method) || length === "0" && coding === null;
    const isSmall = Number(length ?? NaN) <= SMALL_BYTES && coding === null && expectation === null;
    if (isSmall && !isBodiless) return this.#tellWhole(this.#whole = this.#request.bytes());
    // The runtime tells only those that the client has gone who have asked before it did. That takes time, and who sends something small waits for nothing.
    void this.#request.signal;
    this.#tellRequest(isBodiless ? BodyState.Here : BodyState.Asked);
    return null;
  }

  /** The core is told of the request though its body has not come yet. */
  tellWithoutBody(): void {
    if (!this.#told) this.#tellRequest(BodyState.Asked);
  }

  /** Reads a piece of the body for the core. Never rejects. */
  async readBody(): Promise<void> {
    try {
      const piece = await this.#nextPiece();
      if (piece === null) this.#tell(HttpFromThread.BodyEnd);
      else this.#tell(HttpFromThread.BodyPiece, piece);
    } catch (error) {
      this.#tell(HttpFromThread.BodyFailed, encoder.encode((error as Error).message));
    }
  }

  /** Nobody wants the rest of the body. */
  dropBody(): void {
    this.#bodyEnded = true;
    this.#reader?.cancel().catch(() => {}); // it fails if the client has gone
  }

  watchClient(): void {
    const { signal } = this.#request;
    const tell = () => this.#tell(HttpFromThread.Gone);
    if (signal.aborted) tell();
    else signal.addEventListener("abort", tell, { once: true });
  }

  respond({ flags, status, headers, body }: CodedAnswer): void {
    if ((flags & AnswerFlag.Tell) !== 0) {
      this.#info.completed.then(
        () => this.#tell(HttpFromThread.Delivered),
        () => this.#tell(HttpFromThread.NotDelivered),
      );
    }
    if ((flags & AnswerFlag.Pieces) !== 0) {
      const stream = this.#stream = new AnswerStream(
        () => this.#tell(HttpFromThread.Taken),
        () => this.#tell(HttpFromThread.Stopped),
      );
      const pieces = new ReadableStream(stream, { highWaterMark: 0 });
      return this.#resolve(new Response(pieces, { status, headers }));
    }
    const content = (flags & AnswerFlag.NoBody) === 0 ? body : null;
    this.#resolve(new Response(content, { status, headers }));
  }

  /** Answers with what was made already. */
  respondWith(answer: Response): void {
    this.#resolve(answer);
  }

  addPiece(piece: Uint8Array): void {
    this.#stream?.add(piece);
  }

  endAnswer(): void {
    this.#stream?.end();
  }

  failAnswer(reason: string): void {
    if (this.#stream !== null) this.#stream.fail(new Error(reason));
    else this.#resolve(new Response(null, { status: 500 }));
  }

  async #tellWhole(whole: Promise<Uint8Array>): Promise<void> {
    try {
      const body = await whole;
      if (!this.#told) this.#tellRequest(BodyState.Here, body);
    } catch {
      if (!this.#told) this.#tellRequest(BodyState.Failed); // the core says what that means
    }
  }

  #tellRequest(state: number, body?: Uint8Array): void {
    this.#told = true;
    let head = this.#start;
    for (let line = 0; line < this.#headers.length; line++) {
      const value = this.#headers[line]!;
      const isTold = value !== null && (body === undefined || line !== LENGTH_LINE); // the body tells
      head += isTold ? "\n:" + value : "\n";
    }
    const bytes = requestBytes(state, head, this.#address, body);
    this.#outbox.addLong(HttpFromThread.Request, this.number, bytes);
  }

  /** Null behind the last one. */
  async #nextPiece(): Promise<Uint8Array | null> {
    if (this.#rest.length === 0 && !this.#bodyEnded) await this.#readMore();
    if (this.#rest.length === 0) return null;
    const piece = this.#rest.subarray(0, PIECE_BYTES);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async #readMore(): Promise<void> {
    if (this.#whole !== null) {
      this.#rest = new Uint8Array(await this.#whole);
      this.#bodyEnded = true;
      return;
    }
    this.#reader ??= this.#request.body?.getReader() ?? null;
    const read = await this.#reader?.read();
    if (read === undefined || read.done) this.#bodyEnded = true;
    else this.#rest = read.value as Uint8Array<ArrayBuffer>;
  }

  #tell(kind: number, bytes?: Uint8Array): void {
    this.#outbox.add(kind, this.number, bytes);
  }
}
