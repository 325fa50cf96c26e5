import { dialAddress } from "../net/dial.ts";

const PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** An address that is not the first of its name is kept to for so long, then the first may have its turn again. */
const PINNED_MS = 60_000;

interface Route {
  readonly address: Promise<string | undefined>;
  expiresMs: number;
}

/**
 * Where servers answer. `fetch` has no time limit for connecting alone, and waits for an address that is silent without trying the
 * next of its family: so a server that has not been heard of, or has failed, is first connected to by hand.
 */
export class Routes {
  readonly #timeoutMs: number;
  /** Servers that were reached and have not failed since, and those that are being tried, by origin. */
  readonly #known = new Map<string, Route>();
  readonly #closing = new AbortController();

  /** @param timeoutMs for connecting */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Resolves when a server accepts connections: with the address to ask, or undefined where that is the first one of the name, which
   * `fetch` takes by itself.
   *
   * @throws DialError that names what was tried
   */
  to(url: URL): Promise<string | undefined> {
    const known = this.#known.get(url.origin);
    if (known !== undefined && performance.now() < known.expiresMs) return known.address;
    const route: Route = { address: this.#reach(url), expiresMs: Infinity };
    this.#known.set(url.origin, route);
    route.address.then(
      (address) => {
        if (address !== undefined) route.expiresMs = performance.now() + PINNED_MS;
      },
      () => this.failed(url), // those who wait for it are told by itself
    );
    return route.address;
  }

  /** A request has failed: the next one connects by hand. */
  failed({ origin }: URL): void {
    this.#known.delete(origin);
  }

  /** Gives up what is under way, for `reason`. */
  close(reason: Error): void {
    this.#closing.abort(reason);
  }

  async #reach(url: URL): Promise<string | undefined> {
    const to = { hostname: url.hostname.replaceAll(/[[\]]/g, ""), port: portOf(url) };
    const limits = { timeoutMs: this.#timeoutMs, signal: this.#closing.signal };
    const { connection, address, isFirst } = await dialAddress(to, limits);
    connection.close();
    return isFirst ? undefined : address;
  }
}

/** The port that a URL means. */
export function portOf({ port, protocol }: URL): number {
  return Number(port) || PORTS[protocol]!;
}
