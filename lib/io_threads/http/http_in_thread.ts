import { isShared, WholeResponse } from "../../http/respond.ts";
import type { RequestHandler } from "../../http/serve.ts";
import type { Logger } from "../../log/logger.ts";
import type { SharedAddress, ThreadNews, ThreadOrder } from "../entries.ts";
import { answerBytes, HttpDecoder } from "./codec.ts";
import { AnswerFlag, HttpFromThread, HttpToThread, PART } from "./entries.ts";
import { Outbox, type RingLink } from "./outbox.ts";
import { Parts } from "./parts.ts";
import { type ExchangeThread, RemoteExchange } from "./remote_exchange.ts";

const NONE = new Uint8Array(0);

/** HTTP that several I/O threads serve. */
export interface HttpService {
  readonly addresses: readonly SharedAddress[];
  readonly handler: RequestHandler;
}

/** HTTP in one I/O thread, as the core sees it: has requests answered that come there. */
export class HttpInThread implements ExchangeThread {
  /** Resolves when it listens. Rejects if it cannot. */
  readonly opened: Promise<void>;
  readonly #opening = Promise.withResolvers<void>();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #order: (order: ThreadOrder<never>) => void;
  /** Whether a listener there has ended, as happens at the limit of open files. */
  #hasEnded = false;
  readonly outbox: Outbox;
  readonly #handler: RequestHandler;
  readonly #logger: Logger;
  readonly #decoder = new HttpDecoder();
  readonly #encoder = new TextEncoder();
  readonly #parts = new Parts();
  /** Those that are told something. Most are not: they came as a whole, and so did their answers go. */
  readonly #listening = new Map<number, RemoteExchange>();
  /** The answer that the thread keeps. */
  #kept: Response | null = null;
  #lost: Error | null = null;

  constructor(
    link: RingLink,
    order: (order: ThreadOrder<never>) => void,
    { addresses, handler }: HttpService,
    logger: Logger,
  ) {
    this.outbox = new Outbox(link);
    this.#order = order;
    this.#handler = handler;
    this.#logger = logger;
    this.opened = this.#opening.promise;
    order({ kind: "http", addresses });
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Listens anew. */
  renew(): void {
    this.#hasEnded = false;
    this.#order({ kind: "renew http" });
  }

  /** Listens no more; resolves when the requests under way are answered. */
  stop(): Promise<void> {
    this.#order({ kind: "stop http" });
    return this.#stopped.promise;
  }

  onNews(news: ThreadNews): void {
    if (news.kind === "http stopped") this.#stopped.resolve();
    else if (news.kind === "http ended") this.#hasEnded = true;
    else if (news.kind === "http") {
      if (news.refusal === null) this.#opening.resolve();
      else this.#opening.reject(new Error(news.refusal));
    }
  }

  listen(exchange: RemoteExchange): void {
    if (this.#lost !== null) return exchange.lost(this.#lost);
    this.#listening.set(exchange.number, exchange);
  }

  onEntry(kind: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (kind === HttpFromThread.Request) return this.#onRequest(number, bytes, start, end);
    if (kind === PART) return this.#parts.add(number, bytes, start, end);
    const exchange = this.#listening.get(number);
    if (exchange === undefined) return; // answered meanwhile
    exchange.onEntry(kind, bytes, start, end, () => this.#decoder.text(bytes, start, end));
    const isLast = kind === HttpFromThread.Delivered || kind === HttpFromThread.NotDelivered;
    if (isLast) this.#listening.delete(number);
  }

  /** The thread has failed: nothing comes from there, and nobody gets an answer there. */
  lost(error: Error): void {
    this.#lost ??= error;
    this.#opening.reject(error);
    this.#stopped.resolve();
    for (const exchange of this.#listening.values()) exchange.lost(error);
    this.#listening.clear();
  }

  #onRequest(number: number, bytes: Uint8Array, start: number, end: number): void {
    const whole = this.#parts.take(number, bytes, start, end);
    const request = whole === null
      ? this.#decoder.request(bytes, start, end)
      : this.#decoder.request(whole, 0, whole.length);
    const exchange = new RemoteExchange(number, this, request);
    this.#handler.handle(exchange.request, exchange).then(
      (response) => this.#answer(exchange, response),
    ).catch((error) => {
      this.#logger.error(`failed to answer over HTTP - ${(error as Error).stack}`);
      exchange.tell(HttpToThread.AnswerFailed);
    });
  }

  #answer(exchange: RemoteExchange, response: Response): Promise<void> | void {
    const { number } = exchange;
    const isLate = exchange.isDeliveryAwaited;
    if (response === this.#kept && !isLate) {
      this.#listening.delete(number);
      return this.outbox.add(HttpToThread.SameAnswer, number);
    }
    let flags = isLate ? AnswerFlag.Tell : 0;
    if (isShared(response) && !isLate) {
      flags |= AnswerFlag.Keep;
      this.#kept = response;
    }
    const isWhole = response instanceof WholeResponse;
    const text = isWhole ? response.whole : null;
    const stream = isWhole ? null : response.body;
    if (stream !== null) flags |= AnswerFlag.Pieces;
    else if (text === null) flags |= AnswerFlag.NoBody;
    const head = [...response.headers].flat().join("\n");
    const body = text === null ? NONE : this.#encoder.encode(text);
    this.outbox.addLong(
      HttpToThread.Answer,
      number,
      answerBytes(flags, response.status, head, body),
    );
    if (stream !== null) return exchange.send(stream).finally(() => this.#forget(exchange));
    this.#forget(exchange);
  }

  #forget(exchange: RemoteExchange): void {
    if (!exchange.isDeliveryAwaited) this.#listening.delete(exchange.number);
  }
}
