/** Asks other HTTP servers for JSON, within time limits. */

/** More than any answer has; a server that sends more is not what was expected. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

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
}

/** An HTTP client for servers of the cluster and beside it. Close it after use. */
export class JsonClient {
  readonly #options: JsonClientOptions;
  /** Made when it is first needed: it reads the trusted authorities, which a bare container may not have. */
  #http: Deno.HttpClient | null = null;
  readonly #closing = new AbortController();

  constructor(options: JsonClientOptions) {
    this.#options = options;
    if (options.caCerts !== undefined) this.#client(); // so that bad ones are noticed at once
  }

  /** @throws Error that says why there is no answer; it does not name `url`, which may hold a secret */
  get(url: string): Promise<unknown> {
    return this.#ask(url, { headers: { accept: ACCEPTED } });
  }

  /** As {@link get}, with `body` sent as JSON. */
  post(url: string, body: unknown): Promise<unknown> {
    const headers = { accept: ACCEPTED, "content-type": "application/json" };
    return this.#ask(url, { method: "POST", headers, body: JSON.stringify(body) });
  }

  /** Gives up what is under way. */
  close(): void {
    this.#closing.abort(new Error("exiting"));
    this.#http?.close();
  }

  async #ask(url: string, init: RequestInit): Promise<unknown> {
    const { requestTimeoutMs } = this.#options;
    const limits = [this.#closing.signal];
    if (requestTimeoutMs > 0) limits.push(AbortSignal.timeout(Math.ceil(requestTimeoutMs)));
    const signal = AbortSignal.any(limits);
    let asked = url;
    for (;;) {
      const { status, text } = await this.#fetch(asked, { ...init, signal });
      if (status === 200) return parseJson(text);
      const other = status === 403 ? httpsUrl(asked, text) : undefined;
      if (other === undefined) throw new Error(`got response ${status} ${quote(text)}`);
      asked = other;
    }
  }

  async #fetch(
    url: string,
    init: RequestInit & { signal: AbortSignal },
  ): Promise<{ status: number; text: string }> {
    try {
      await this.#checkReachable(new URL(url), init.signal);
      const response = await fetch(url, { ...init, client: this.#client() });
      return { status: response.status, text: await readText(response) };
    } catch (error) {
      throw new Error(reasonOf(error as Error, init.signal), { cause: error });
    }
  }

  #client(): Deno.HttpClient {
    const { caCerts } = this.#options;
    return this.#http ??= Deno.createHttpClient(
      caCerts === undefined ? {} : { caCerts: [...caCerts] },
    );
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

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "", length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > MAX_ANSWER_BYTES) throw new Error(`answer is longer than ${MAX_ANSWER_BYTES}`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
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
