/** `fetch` that connects as everything here does: to each address of a name in turn, within a time limit. */

import type { ClientCertificate, PinnedRequests } from "./pinned_request.ts";
import { redirectOf } from "./redirect.ts";
import { Routes } from "./routes.ts";

/** As many redirects are followed where `fetch` cannot do it by itself. */
const MAX_REDIRECTS = 10;

/** How a {@link DialledFetch} connects. */
export interface DialledFetchOptions {
  /** Until a server accepts the connection; 0 leaves connecting to `fetch`, which has no limit for it but knows HTTP_PROXY. */
  readonly connectTimeoutMs: number;
  /** For all of a request, which the caller sees to by a signal; 0 for no limit. */
  readonly requestTimeoutMs: number;
  /** PEM of the authorities that https servers are trusted by; left out: the system's. */
  readonly caCerts?: readonly string[] | undefined;
  /** PEM of the certificate that https servers are shown, with its key. */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** Trust every https server, whatever its certificate says. Default: false. */
  readonly insecureSkipVerify?: boolean | undefined;
  /** How many connections to a server are kept while they are not in use. Default: the runtime's. */
  readonly maxIdle?: number | undefined;
}

type Init = RequestInit & { readonly signal: AbortSignal };

/** Asks HTTP servers. Close it after use. */
export class DialledFetch {
  readonly #options: DialledFetchOptions;
  readonly #routes: Routes;
  /** Deno's alone. Made when it is first needed: it reads the trusted authorities, which a bare container may not have. */
  #client: Deno.HttpClient | null = null;
  #pinned: PinnedRequests | null = null;

  /** @throws Error for certificates that are none */
  constructor(options: DialledFetchOptions) {
    this.#options = options;
    const { connectTimeoutMs, requestTimeoutMs, caCerts, clientCertificate } = options;
    this.#routes = new Routes(Math.min(connectTimeoutMs, requestTimeoutMs || Infinity));
    if (caCerts !== undefined || clientCertificate !== undefined) this.#httpClient();
  }

  /**
   * As `fetch`.
   *
   * @throws DialError that names all addresses that were tried; else as `fetch`
   */
  async fetch(asked: string | URL, first: Init): Promise<Response> {
    let url = new URL(asked), init = first;
    for (let redirects = 0;; redirects++) {
      const response = await this.#fetchOnce(url, init);
      const next = init.redirect === "manual" ? undefined : redirectOf(url, init, response);
      if (next === undefined) return response;
      await response.body?.cancel();
      if (redirects === MAX_REDIRECTS) throw new Error("too many redirects");
      ({ url, init } = next);
    }
  }

  /** Gives up connecting. Requests that are under way end with their own signal. */
  close(): void {
    this.#routes.close(new Error("exiting"));
    this.#client?.close();
    this.#pinned?.close();
    this.#client = this.#pinned = null;
  }

  async #fetchOnce(url: URL, init: Init): Promise<Response> {
    const { connectTimeoutMs } = this.#options;
    const address = connectTimeoutMs === 0 ? undefined : await this.#routes.to(url);
    const isUnverified = url.protocol === "https:" && this.#options.insecureSkipVerify === true;
    try {
      if (address === undefined && !isUnverified && this.#httpClient() !== null) {
        return await fetch(url, { ...init, client: this.#httpClient()!, redirect: "manual" });
      }
      return await (await this.#pinnedRequests()).send(url, init, address);
    } catch (error) {
      this.#routes.failed(url);
      throw error;
    }
  }

  /** null on Node, whose `fetch` takes no authorities and no certificate: there all requests go by `node:http`. */
  #httpClient(): Deno.HttpClient | null {
    if (!("Deno" in globalThis)) return null;
    const { caCerts, clientCertificate, maxIdle } = this.#options;
    return this.#client ??= Deno.createHttpClient({
      ...caCerts !== undefined && { caCerts: [...caCerts] },
      ...clientCertificate,
      ...maxIdle !== undefined && { poolMaxIdlePerHost: maxIdle },
    });
  }

  async #pinnedRequests(): Promise<PinnedRequests> {
    const { PinnedRequests } = await import("./pinned_request.ts");
    return this.#pinned ??= new PinnedRequests(this.#options);
  }
}
