import { RenewableServer } from "../../http/renewable_server.ts";
import type { Logger } from "../../log/logger.ts";
import type { SharedAddress } from "../entries.ts";
import { copyOf, HttpDecoder } from "./codec.ts";
import { AnswerFlag, HttpToThread, PART } from "./entries.ts";
import { Outbox, type RingLink } from "./outbox.ts";
import { Parts } from "./parts.ts";
import { type ExchangeInfo, ThreadExchange } from "./thread_exchange.ts";

/** After that time the core is told of a request whose body has not come. */
const SLOW_BODY_MS = 20;

/** So many listeners stay beside the one that has taken their place: one that others share may not have ended. */
const MOST_FORMER_LISTENERS = 3;

/** HTTP in an I/O thread: listens on addresses that several threads share, and has the core answer. */
export class ThreadHttp {
  readonly #outbox: Outbox;
  readonly #decoder = new HttpDecoder();
  readonly #parts = new Parts();
  readonly #servers: { at: SharedAddress; server: RenewableServer }[] = [];
  readonly #exchanges = new Map<number, ThreadExchange>();
  /** Those whose body is awaited. */
  readonly #pending = new Set<ThreadExchange>();
  #isLooking = false;
  #lastNumber = 0;
  /** An answer that the core gives again and again. */
  #kept: Response | null = null;

  /**
   * @param onEnd called when a listener has ended: see {@link renew}
   * @throws Error if an address cannot be had
   */
  constructor(
    addresses: readonly SharedAddress[],
    link: RingLink,
    logger: Logger,
    onEnd: () => void,
  ) {
    this.#outbox = new Outbox(link);
    const answer = (request: Request, info: ExchangeInfo) => this.#serve(request, info);
    for (const at of addresses) {
      this.#servers.push({ at, server: new RenewableServer(shared(at), answer, logger, onEnd) });
    }
  }

  /** Listens anew. @throws Error if it cannot */
  renew(): void {
    for (const { at, server } of this.#servers) server.renew(shared(at), MOST_FORMER_LISTENERS);
  }

  /** Listens no more; resolves when the requests under way are answered. */
  async shutdown(): Promise<void> {
    await Promise.all(this.#servers.map(({ server }) => server.shutdown()));
  }

  onEntry(kind: number, number: number, bytes: Uint8Array, start: number, end: number): void {
    if (kind === PART) return this.#parts.add(number, bytes, start, end);
    const exchange = this.#exchanges.get(number);
    if (exchange === undefined) return;
    switch (kind) {
      case HttpToThread.SameAnswer:
        this.#exchanges.delete(number);
        return exchange.respondWith(this.#kept!.clone());
      case HttpToThread.Answer:
        return this.#respond(exchange, bytes, start, end);
      case HttpToThread.AnswerPiece:
        return exchange.addPiece(copyOf(bytes, start, end));
      case HttpToThread.AnswerEnd:
        this.#exchanges.delete(number);
        return exchange.endAnswer();
      case HttpToThread.AnswerFailed:
        this.#exchanges.delete(number);
        return exchange.failAnswer(this.#decoder.text(bytes, start, end));
      case HttpToThread.WantBody:
        return void exchange.readBody();
      case HttpToThread.DropBody:
        return exchange.dropBody();
      case HttpToThread.WatchClient:
        return exchange.watchClient();
    }
  }

  #serve(request: Request, info: ExchangeInfo): Promise<Response> {
    const number = this.#nextNumber();
    const exchange = new ThreadExchange(number, request, info, this.#outbox);
    this.#exchanges.set(number, exchange);
    const reading = exchange.begin();
    if (reading !== null) {
      this.#pending.add(exchange);
      reading.finally(() => this.#pending.delete(exchange));
      this.#lookSoon();
    }
    return exchange.answer;
  }

  /** None that is in use: an exchange may last longer than it takes to count once around. */
  #nextNumber(): number {
    let number = this.#lastNumber;
    do number = (number + 1) >>> 0; while (this.#exchanges.has(number));
    return this.#lastNumber = number;
  }

  #respond(exchange: ThreadExchange, bytes: Uint8Array, start: number, end: number): void {
    const whole = this.#parts.take(exchange.number, bytes, start, end);
    const answer = whole === null
      ? this.#decoder.answer(bytes, start, end)
      : this.#decoder.answer(whole, 0, whole.length);
    const { flags, status, headers, body } = answer;
    if ((flags & AnswerFlag.Keep) !== 0) this.#kept = new Response(body, { status, headers });
    if ((flags & AnswerFlag.Pieces) === 0) this.#exchanges.delete(exchange.number);
    exchange.respond(answer);
  }

  /** Has the core told of requests whose bodies take their time. */
  #lookSoon(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const slow = [...this.#pending];
    setTimeout(() => {
      this.#isLooking = false;
      for (const exchange of slow) if (this.#pending.delete(exchange)) exchange.tellWithoutBody();
      if (this.#pending.size > 0) this.#lookSoon();
    }, SLOW_BODY_MS);
  }
}

function shared(at: SharedAddress) {
  return { ...at, transport: "tcp" as const, reusePort: true };
}
