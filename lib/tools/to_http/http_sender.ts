/** Sends messages to HTTP servers within time limits. */

import { DialledFetch } from "../../http/dialled_fetch.ts";
import { failureReason } from "../../http/failure_reason.ts";
import { DialError } from "../../net/dial.ts";
import type { Endpoint, EndpointRequest } from "./endpoint.ts";

/** Connections kept for each server when they are not in use. */
const MAX_IDLE_CONNECTIONS = 100;

/** How an {@link HttpSender} asks. */
export interface HttpSenderOptions {
  /** Until a server accepts a connection; 0 for no limit of its own. */
  readonly connectTimeoutMs: number;
  /** From the start of a request to the end of its answer; 0 for no limit. */
  readonly requestTimeoutMs: number;
  /** Sent with each request; the later of two with one name wins. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** For requests with a body. */
  readonly contentType: string;
  readonly userAgent: string;
}

/** Sends messages. Close it after use. */
export class HttpSender {
  readonly #options: HttpSenderOptions;
  readonly #http: DialledFetch;
  readonly #headers: Readonly<Record<"GET" | "POST", Headers>>;

  constructor(options: HttpSenderOptions) {
    this.#options = options;
    const { connectTimeoutMs, requestTimeoutMs } = options;
    this.#http = new DialledFetch({
      connectTimeoutMs,
      requestTimeoutMs,
      maxIdle: MAX_IDLE_CONNECTIONS,
    });
    this.#headers = {
      GET: this.#requestHeaders({}),
      POST: this.#requestHeaders({ "content-type": options.contentType }),
    };
  }

  /**
   * Sends one message and waits for the end of the answer.
   *
   * @throws Error that says why the message has not arrived, and where
   */
  async send(endpoint: Endpoint, body: Uint8Array): Promise<void> {
    const request = endpoint.request(body);
    const { requestTimeoutMs } = this.#options;
    const limit = new AbortController();
    // No AbortSignal.timeout: it would stay in memory until its time is over.
    const timer = requestTimeoutMs > 0
      ? setTimeout(() => limit.abort(), Math.ceil(requestTimeoutMs))
      : undefined;
    let status: number;
    try {
      status = await this.#status(request, limit.signal);
    } catch (error) {
      const isLate = limit.signal.aborted && !(error instanceof DialError);
      const reason = isLate ? "timeout" : failureReason(error as Error);
      throw new Error(`${request.method} ${endpoint.name}: ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
    if (request.accepts(status)) return;
    throw new Error(`${request.method} ${endpoint.name}: got status code ${status}`);
  }

  close(): void {
    this.#http.close();
  }

  async #status(
    { method, url, body }: EndpointRequest,
    signal: AbortSignal,
  ): Promise<number> {
    const response = await this.#http.fetch(url, {
      method,
      headers: this.#headers[method],
      signal,
      ...body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> },
    });
    for await (const _ of response.body ?? []); // to its end, so that the connection can be used again
    return response.status;
  }

  #requestHeaders(more: Record<string, string>): Headers {
    const headers = new Headers({ "user-agent": this.#options.userAgent, ...more });
    for (const [name, value] of this.#options.headers) headers.set(name, value);
    return headers;
  }
}
