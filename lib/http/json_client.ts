/** Asks other HTTP servers for JSON, within time limits. */

import { DialError } from "../net/dial.ts";
import { Replaceable } from "../replaceable.ts";
import { DialledFetch, type DialledFetchOptions } from "./dialled_fetch.ts";
import { failureReason } from "./failure_reason.ts";
import { wrongDaemon } from "./wrong_daemon.ts";

/** More than usual answers have; a server that sends more is not what was expected. */
const DEFAULT_MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The start of an unexpected answer that an error quotes, in characters. */
const QUOTED_LENGTH = 200;

/** How a {@link JsonClient} asks. */
export interface JsonClientOptions extends Omit<DialledFetchOptions, "maxIdle"> {
  /** A longer answer is an error. Default: 16 MiB. */
  readonly maxAnswerBytes?: number;
  /** What the header Authorization says to every server, such as `Bearer SECRET`; left out: no such header. */
  readonly authorization?: string | undefined;
}

/** What https servers are trusted by, and shown. */
export type Certificates = Pick<DialledFetchOptions, "caCerts" | "clientCertificate">;

/** A server answered, and not with 200. */
export class HttpStatusError extends Error {
  override readonly name = "HttpStatusError";

  /** @param text all of the answer @param url that was asked; only its path may be told */
  constructor(readonly status: number, readonly text: string, url: string) {
    super(`got response ${status} ${quote(text)}${wrongDaemon(status, text, url)}`);
  }
}

/** An HTTP client for servers of the cluster and beside it. Close it after use. */
export class JsonClient {
  /** What the header Authorization says to every server; undefined: no such header. */
  authorization: string | undefined;
  readonly #options: JsonClientOptions;
  readonly #http: Replaceable<DialledFetch>;
  readonly #closing = new AbortController();

  /** @throws Error for certificates that are none */
  constructor(options: JsonClientOptions) {
    this.#options = options;
    this.authorization = options.authorization;
    this.#http = new Replaceable(new DialledFetch(options), (each) => each.close());
  }

  /**
   * @param headers beyond the usual ones
   * @throws HttpStatusError for another answer than 200; Error that says why there is none. Neither names `url`, which may hold a secret
   */
  async get(url: string, headers: Record<string, string> = {}): Promise<unknown> {
    return parseJson(await this.#ask(url, { headers: { accept: ACCEPTED, ...headers } }));
  }

  /** As {@link get}, for an answer that is plain text. */
  async getText(url: string): Promise<string> {
    return await this.#ask(url, { headers: { accept: ACCEPTED } });
  }

  /** As {@link get}, with `body` sent as JSON. */
  async post(url: string, body: unknown): Promise<unknown> {
    const headers = { accept: ACCEPTED, "content-type": "application/json" };
    return parseJson(
      await this.#ask(url, { method: "POST", headers, body: JSON.stringify(body) }),
    );
  }

  /** POSTs, with a body if there is one; undefined where the answer is empty. Throws as {@link get}. */
  async act(url: string, body?: string | Uint8Array<ArrayBuffer>): Promise<unknown> {
    const init: RequestInit = { method: "POST", headers: { accept: ACCEPTED } };
    const text = await this.#ask(url, body === undefined ? init : { ...init, body });
    return text === "" ? undefined : parseJson(text);
  }

  /** POSTs to an endpoint whose answer tells nothing more than that it was done. */
  async command(url: string, body?: Uint8Array<ArrayBuffer>): Promise<void> {
    const init: RequestInit = { method: "POST", headers: { accept: ACCEPTED } };
    await this.#ask(url, body === undefined ? init : { ...init, body });
  }

  /** POSTs `body` as JSON to somebody whose answer does not matter as long as its status is 2xx. */
  async tell(url: string, body: unknown): Promise<void> {
    const headers = { "content-type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    await this.#ask(url, init, (status) => status >= 200 && status < 300);
  }

  /** From now on other authorities are trusted, and another certificate is shown. @throws Error for certificates that are none: nothing changes then */
  useCertificates(certificates: Certificates): void {
    this.#http.replace(new DialledFetch({ ...this.#options, ...certificates }));
  }

  /** The answer as it comes, whatever it is, to a request that ends with `init.signal`. */
  fetch(url: URL, init: RequestInit & { readonly signal: AbortSignal }): Promise<Response> {
    return this.#http.use((http) => http.fetch(url, init));
  }

  /** Whether it was closed: what fails then has been given up. */
  get isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Gives up what is under way. May be called twice. */
  close(): void {
    this.#closing.abort(new Error("exiting"));
    this.#http.close();
  }

  async #ask(
    url: string,
    init: RequestInit,
    isAccepted: (status: number) => boolean = (status) => status === 200,
  ): Promise<string> {
    const { authorization } = this;
    const { requestTimeoutMs } = this.#options;
    const headers = { ...init.headers, ...authorization !== undefined && { authorization } };
    const limits = [this.#closing.signal];
    if (requestTimeoutMs > 0) limits.push(AbortSignal.timeout(Math.ceil(requestTimeoutMs)));
    const signal = AbortSignal.any(limits);
    let asked = url;
    for (;;) {
      const { status, text } = await this.#fetch(asked, { ...init, headers, signal });
      if (isAccepted(status)) return text;
      const other = status === 403 ? httpsUrl(asked, text) : undefined;
      if (other === undefined) throw new HttpStatusError(status, text, asked);
      asked = other;
    }
  }

  async #fetch(
    url: string,
    init: RequestInit & { signal: AbortSignal },
  ): Promise<{ status: number; text: string }> {
    try {
      return await this.#http.use(async (http) => {
        const response = await http.fetch(url, init);
        return { status: response.status, text: await this.#readText(response) };
      });
    } catch (error) {
      throw new Error(reasonOf(error as Error, init.signal), { cause: error });
    }
  }

  async #readText(response: Response): Promise<string> {
    const { maxAnswerBytes = DEFAULT_MAX_ANSWER_BYTES } = this.#options;
    const decoder = new TextDecoder();
    let text = "", length = 0;
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      if (length > maxAnswerBytes) throw new Error(`answer is longer than ${maxAnswerBytes} bytes`);
      text += decoder.decode(chunk, { stream: true });
    }
    return text + decoder.decode();
  }
}

/** What makes nsqd and nsqlookupd answer with plain JSON. */
const ACCEPTED = "application/vnd.nsq; version=1.0";

/** Where the same answer can be had over TLS, if a server of the cluster says that it must be asked there. */
function httpsUrl(url: string, answer: string): string | undefined {
  const target = new URL(url);
  if (target.protocol === "https:") return undefined;
  try {
    const { https_port } = JSON.parse(answer);
    if (!Number.isInteger(https_port)) return undefined;
    target.protocol = "https:";
    target.port = String(https_port);
    return target.href;
  } catch {
    return undefined; // not an answer of such a server: the caller reports it as it is
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`answer is not JSON: ${quote(text)}`, { cause: error });
  }
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, QUOTED_LENGTH));
}

/** Why a request failed, without its URL. */
function reasonOf(error: Error, signal: AbortSignal): string {
  const isLate = signal.reason?.name === "TimeoutError" && !(error instanceof DialError);
  return isLate ? "timeout" : failureReason(error);
}
