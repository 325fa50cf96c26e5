const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Which servers accept connections. `fetch` has no time limit for connecting alone, so that a server that
 * has not been heard of, or has failed, is first connected to by hand.
 */
export class ReachableOrigins {
  readonly #connectTimeoutMs: number;
  /** Those that were reached and have not failed since, and those that are being tried. */
  readonly #reached = new Map<string, Promise<void>>();

  /** @param connectTimeoutMs 0 for no limit: every server then counts as reachable */
  constructor(connectTimeoutMs: number) {
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  /**
   * Resolves when a server accepts connections, as far as it is known.
   *
   * @param origin such as `http://127.0.0.1:8080`
   * @throws Error why it does not; with the name TimeoutError when it took too long
   */
  reach(origin: string): Promise<void> {
    const known = this.#reached.get(origin);
    if (known !== undefined) return known;
    const attempt = this.#connect(origin);
    this.#reached.set(origin, attempt);
    attempt.catch(() => this.failed(origin)); // those who wait for it are told by itself
    return attempt;
  }

  /** A request has failed: the next one shall connect by hand. */
  failed(origin: string): void {
    this.#reached.delete(origin);
  }

  async #connect(origin: string): Promise<void> {
    if (this.#connectTimeoutMs === 0) return;
    const { hostname, port, protocol } = new URL(origin);
    const connection = await Deno.connect({
      hostname: hostname.replaceAll(/[[\]]/g, ""),
      port: Number(port) || PORTS[protocol]!,
      signal: AbortSignal.timeout(Math.ceil(this.#connectTimeoutMs)),
    });
    connection.close();
  }
}
