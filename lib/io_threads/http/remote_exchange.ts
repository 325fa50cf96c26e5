import type { Connection } from "../../http/context.ts";
import { MAX_ENTRY_BYTES } from "../entries.ts";
import type { CodedRequest } from "./codec.ts";
import { BodyState, HttpFromThread, HttpToThread } from "./entries.ts";
import type { Outbox } from "./outbox.ts";
import { RemoteBody } from "./remote_body.ts";
import { RemoteRequest } from "./remote_request.ts";

/** What an exchange has to do with the thread that serves it. */
export interface ExchangeThread {
  readonly outbox: Outbox;
  /** From now on the exchange is told what the thread tells of it. */
  listen(exchange: RemoteExchange): void;
}

/** An exchange over HTTP that an I/O thread serves, as the core sees it: who sends a request, and what becomes of the answer. */
export class RemoteExchange implements Connection {
  readonly onlyReads = true;
  readonly request: RemoteRequest;
  readonly remoteAddress: string;
  readonly #number: number;
  readonly #thread: ExchangeThread;
  #body: RemoteBody | null = null;
  #client: AbortController | null = null;
  #delivery: PromiseWithResolvers<void> | null = null;
  /** Of an answer in pieces: resolves when the client has taken one, with whether it wants more. */
  #taken: ((goesOn: boolean) => void) | null = null;
  #answer: ReadableStreamDefaultReader<Uint8Array> | null = null;
  /** Whether the client, or the thread with it, has gone. */
  #gone = false;

  constructor(
    number: number,
    thread: ExchangeThread,
    { state, head, address, body }: CodedRequest,
  ) {
    this.#number = number;
    this.#thread = thread;
    this.remoteAddress = address;
    if (state !== BodyState.Here) {
      this.#body = new RemoteBody(this);
      thread.listen(this);
    }
    if (state === BodyState.Failed) this.#body!.fail(new Error("the body breaks off"));
    this.request = new RemoteRequest(head, this.#body ?? body, () => this.#watchClient());
  }

  get number(): number {
    return this.#number;
  }

  /** Whether somebody wants to know if the answer could be handed on. */
  get isDeliveryAwaited(): boolean {
    return this.#delivery !== null;
  }

  answered(): Promise<void> {
    if (this.#delivery === null) {
      this.#delivery = Promise.withResolvers();
      this.#thread.listen(this);
      if (this.#gone) this.#delivery.reject(new Error("the client has gone"));
    }
    return this.#delivery.promise;
  }

  tell(kind: number): void {
    this.#thread.outbox.add(kind, this.#number);
  }

  /** Sends the body of an answer piece by piece, each when the client has taken the one before. Never rejects. */
  async send(body: ReadableStream<Uint8Array>): Promise<void> {
    const reader = this.#answer = body.getReader();
    this.#thread.listen(this);
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done || !await this.#sendPiece(value)) break;
      }
      if (this.#gone) await reader.cancel();
      this.tell(HttpToThread.AnswerEnd); // also if nobody reads it: the thread is done with the exchange then
    } catch (error) {
      const words = new TextEncoder().encode((error as Error).message);
      this.#thread.outbox.add(HttpToThread.AnswerFailed, this.#number, words);
    }
  }

  /** @param text what stands in `bytes[start, end)`, in words */
  onEntry(kind: number, bytes: Uint8Array, start: number, end: number, text: () => string): void {
    switch (kind) {
      case HttpFromThread.BodyPiece:
        return this.#body?.onPiece(bytes.slice(start, end));
      case HttpFromThread.BodyEnd:
        return this.#body?.onEnd();
      case HttpFromThread.BodyFailed:
        return this.#body?.fail(new Error(text()));
      case HttpFromThread.Taken:
        return this.#taken?.(true);
      case HttpFromThread.Delivered:
        return this.#delivery?.resolve();
      case HttpFromThread.NotDelivered:
        return this.#delivery?.reject(new Error("the answer could not be sent"));
      case HttpFromThread.Gone:
        return this.#client?.abort();
      case HttpFromThread.Stopped:
        return this.#stop();
    }
  }

  /** The thread has failed, and the connection with it. */
  lost(error: Error): void {
    this.#body?.fail(error);
    this.#client?.abort();
    this.#delivery?.reject(error);
    this.#stop();
  }

  #watchClient(): AbortSignal {
    if (this.#client === null) {
      this.#client = new AbortController();
      this.#thread.listen(this);
      if (this.#gone) this.#client.abort();
      else this.tell(HttpToThread.WatchClient);
    }
    return this.#client.signal;
  }

  /** @returns whether the client wants more */
  async #sendPiece(piece: Uint8Array): Promise<boolean> {
    for (let at = 0; at < piece.length && !this.#gone; at += MAX_ENTRY_BYTES) {
      const taken = new Promise<boolean>((resolve) => this.#taken = resolve);
      this.#thread.outbox.add(
        HttpToThread.AnswerPiece,
        this.#number,
        piece.subarray(at, at + MAX_ENTRY_BYTES),
      );
      await taken;
    }
    return !this.#gone;
  }

  #stop(): void {
    this.#gone = true;
    this.#taken?.(false);
    this.#answer?.cancel().catch(() => {}); // whoever makes the answer is told, and says no more
  }
}
