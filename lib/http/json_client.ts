/** Asks other HTTP servers for JSON, within time limits. */

import type { ClientCertificate } from "./unverified_fetch.ts";

/** More than usual answers have; a server that sends more is not what was expected. */
const DEFAULT_MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** The start of an unexpected answer that an error quotes, in characters. */
const QUOTED_LENGTH = 200;

/** How a {@link JsonClient} asks. */
export interface JsonClientOptions {
  /** Until the server accepts the connection; 0 for no limit of its own. */
  readonly connectTimeoutMs: number;
  /** For all of a request; 0 for no limit. */
  readonly requestTimeoutMs: number;
  /** PEM of the authorities that https servers are trusted by; left out: the system's. */
  readonly caCerts?: readonly string[];
  /** PEM of the certificate that https servers are shown, with its key. */
  readonly clientCertificate?: ClientCertificate;
  /** Trust every https server, whatever its certificate says. Default: false. */
  readonly insecureSkipVerify?: boolean;
  /** A longer answer is an error. Default: 16 MiB. */
  readonly maxAnswerBytes?: number;
}

/** A server answered, and not with 200. */
export class HttpStatusError extends Error {
  override readonly name = "HttpStatusError";

  /** @param text all of the answer */
  constructor(readonly status: number, readonly text: string) {
    super(`got response ${status} ${quote(text)}`);
  }
}

/** An HTTP client for servers of the cluster and beside it. Close it after use. */
export class JsonClient {
  readonly #options: JsonClientOptions;
  /** Made when it is first needed: it reads the trusted authorities, which a bare container may not have. */
  #http: Deno.HttpClient | null = null;
  readonly #closing = new AbortController();

  constructor(options: JsonClientOptions) {
    this.#options = options;
    const hasCertificates = options.caCerts !== undefined ||
      options.clientCertificate !== undefined;
    if (hasCertificates) this.#client(); // so that bad ones are noticed at once
  }

  /**
   * @param headers beyond the usual ones
   * @throws HttpStatusError for another answer than 200; Error that says why there is none. Neither names `url`, which may hold a secret
   */
  async get(url: string, headers: Record<string, string> = {}): Promise<unknown> {
    return parseJson(await this.#ask(url, { headers: { accept: ACCEPTED, ...headers } }));
  }

  /** As {@link get}, with `body` sent as JSON. */
  async post(url: string, body: unknown): Promise<unknown> {
    const headers = { accept: ACCEPTED, "content-type": "application/json" };
    return parseJson(
      await this.#ask(url, { method: "POST", headers, body: JSON.stringify(body) }),
    );
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

  /** Gives up what is under way. May be called twice. */
  close(): void {
    this.#closing.abort(new Error("exiting"));
    this.#http?.close();
    this.#http = null;
  }

  async #ask(
    url: string,
    init: RequestInit,
    isAccepted: (status: number) => boolean = (status) => status === 200,
  ): Promise<string> {
    const { requestTimeoutMs } = this.#options;
    const limits = [this.#closing.signal];
    if (requestTimeoutMs > 0) limits.push(AbortSignal.timeout(Math.ceil(requestTimeoutMs)));
    const signal = AbortSignal.any(limits);
    let asked = url;
    for (;;) {
      const { status, text } = await this.#fetch(asked, { ...init, signal });
      if (isAccepted(status)) return text;
      const other = status === 403 ? httpsUrl(asked, text) : undefined;
      if (other === undefined) throw new HttpStatusError(status, text);
      asked = other;
    }
  }

  async #fetch(
    url: string,
    init: RequestInit & { signal: AbortSignal },
  ): Promise<{ status: number; text: string }> {
    try {
      await this.#checkReachable(new URL(url), init.signal);
      const response = await this.#send(url, init);
      return { status: response.status, text: await this.#readText(response) };
    } catch (error) {
      throw new Error(reasonOf(error as Error, init.signal), { cause: error });
    }
  }

  async #send(url: string, init: RequestInit & { signal: AbortSignal }): Promise<Response> {
    const { insecureSkipVerify, clientCertificate } = this.#options;
    if (insecureSkipVerify !== true || !url.startsWith("https:")) {
      return await fetch(url, { ...init, client: this.#client() });
    }
    const { fetchUnverified } = await import("./unverified_fetch.ts");
    return await fetchUnverified(url, init, clientCertificate);
  }

  #client(): Deno.HttpClient {
    const { caCerts, clientCertificate } = this.#options;
    return this.#http ??= Deno.createHttpClient({
      ...caCerts !== undefined && { caCerts: [...caCerts] },
      ...clientCertificate,
    });
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

  /** `fetch` has no time limit for connecting alone: connects first by hand. */
  async #checkReachable({ hostname, port, protocol }: URL, signal: AbortSignal): Promise<void> {
    const { connectTimeoutMs, requestTimeoutMs } = this.#options;
    const isShorter = requestTimeoutMs === 0 || connectTimeoutMs < requestTimeoutMs;
    if (connectTimeoutMs === 0 || !isShorter) return;
    const limit = AbortSignal.timeout(Math.ceil(connectTimeoutMs));
    const probe = await Deno.connect({
      hostname: hostname.replaceAll(/[[\]]/g, ""),
      port: Number(port) || (protocol === "https:" ? 443 : 80),
      signal: AbortSignal.any([signal, limit]),
    });
    probe.close();
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
  const isTimeout = error.name === "TimeoutError" || signal.reason?.name === "TimeoutError";
  return isTimeout ? "timeout" : error.message.replaceAll(/ for url \(.*?\)(?=:|$)/gs, "");
}
