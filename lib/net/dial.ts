/** Connects to a name: to each of its addresses in turn, until one answers. */

import { lookup } from "node:dns/promises";
import { deferred } from "../deferred.ts";
import { type HostPort, isAddress, joinHostPort } from "./host_port.ts";
import type { TcpSocket } from "./runtime/runtime.ts";
import { runtime } from "./runtime/this_runtime.ts";

/** An address that has not answered for so long is not waited for alone (RFC 8305, 5). */
const NEXT_ADDRESS_MS = 250;

/** Go's words, which log readers know. */
const TIMEOUT = "i/o timeout";

/** Limits of {@link dial}. */
export interface DialOptions {
  /** For everything: look-up of the name and all addresses. 0, or left out: as long as the system tries. */
  readonly timeoutMs?: number;
  /** Gives up; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/** What dialling needs of the system. */
export interface Network {
  /** All addresses of a name in the system's order, /etc/hosts heeded. */
  lookup(name: string): Promise<readonly string[]>;
  connect(to: HostPort & { readonly signal: AbortSignal }): Promise<TcpSocket>;
}

/** A connection, and which address of the name it goes to. */
export interface Dialled {
  readonly connection: TcpSocket;
  readonly address: string;
  /** Whether it is the one that the system names first. */
  readonly isFirst: boolean;
}

/** Why nothing answers: each address that was tried, with its reason. */
export class DialError extends Error {
  override readonly name = "DialError";

  constructor(message: string, readonly isTimeout: boolean, options?: ErrorOptions) {
    super(message, options);
  }
}

const SYSTEM: Network = {
  lookup: async (name) =>
    (await lookup(name, { all: true, order: "verbatim" })).map(({ address }) => address),
  connect: (to) => runtime.connect(to),
};

/**
 * Connects to the first address of `to` that answers. The next one is tried after 250 ms without an answer, or at once after a refusal
 * (RFC 8305); whichever comes first is kept, the others are closed. No host name means this machine.
 *
 * @throws DialError that names all addresses that were tried; the reason of `signal`
 */
export async function dial(
  to: HostPort,
  options: DialOptions = {},
  network: Network = SYSTEM,
): Promise<TcpSocket> {
  return (await dialAddress(to, options, network)).connection;
}

/** As {@link dial}, and says which address it was. */
export async function dialAddress(
  to: HostPort,
  { timeoutMs = 0, signal }: DialOptions = {},
  network: Network = SYSTEM,
): Promise<Dialled> {
  signal?.throwIfAborted();
  const race = new Race(to, network);
  const stop = () => race.stop(signal!.reason);
  signal?.addEventListener("abort", stop);
  // No AbortSignal.timeout: it would stay in memory until its time is over.
  const timer = timeoutMs > 0 ? setTimeout(() => race.timeOut(), Math.ceil(timeoutMs)) : undefined;
  try {
    return await race.run();
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** All addresses of a host, itself if it is one, in the order in which to try them. @throws DialError when the name is not known */
export async function addressesOf(
  hostname: string,
  network: Pick<Network, "lookup"> = SYSTEM,
): Promise<string[]> {
  if (hostname === "") return ["127.0.0.1"];
  if (isAddress(hostname)) return [hostname];
  try {
    const found = await network.lookup(hostname);
    if (found.length > 0) return alternating([...new Set(found)]);
  } catch (cause) {
    throw new DialError(`look-up of ${hostname}: ${reasonOf(cause as Error)}`, false, { cause });
  }
  throw new DialError(`look-up of ${hostname}: no address`, false);
}

/** The two families in turn, beginning with the first one's (RFC 8305, 4): one that does not work costs one wait only. */
function alternating(addresses: readonly string[]): string[] {
  const isSix = (address: string) => address.includes(":");
  const first = addresses.filter((each) => isSix(each) === isSix(addresses[0]!));
  const other = addresses.filter((each) => !first.includes(each));
  const both = first.flatMap((address, i) => [address, ...other.slice(i, i + 1)]);
  return [...both, ...other.slice(first.length)];
}

/** One call of {@link dialAddress}. */
class Race {
  readonly #to: HostPort;
  readonly #network: Network;
  readonly #over = new AbortController();
  readonly #outcome = deferred<Dialled>();
  #addresses: readonly string[] = [];
  /** Of the address that is tried next. */
  #next = 0;
  readonly #failures = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(to: HostPort, network: Network) {
    this.#to = to;
    this.#network = network;
  }

  run(): Promise<Dialled> {
    addressesOf(this.#to.hostname, this.#network).then((addresses) => {
      this.#addresses = addresses;
      this.#tryNext();
    }).catch((error) => this.stop(error));
    return this.#outcome.promise;
  }

  timeOut(): void {
    const { hostname } = this.#to;
    const text = this.#addresses.length === 0
      ? `look-up of ${hostname}: ${TIMEOUT}`
      : this.#describeFailures();
    this.stop(new DialError(text, true));
  }

  stop(reason: unknown): void {
    if (this.#finish()) this.#outcome.reject(reason);
  }

  #tryNext(): void {
    clearTimeout(this.#timer);
    if (this.#over.signal.aborted) return;
    const address = this.#addresses[this.#next++]!;
    if (this.#hasMore) this.#timer = setTimeout(() => this.#tryNext(), NEXT_ADDRESS_MS);
    void this.#try(address);
  }

  async #try(hostname: string): Promise<void> {
    const { port } = this.#to;
    try {
      const { signal } = this.#over;
      const connection = await this.#network.connect({ hostname, port, signal });
      if (!this.#finish()) return connection.close();
      const isFirst = hostname === this.#addresses[0];
      this.#outcome.resolve({ connection, address: hostname, isFirst });
    } catch (error) {
      this.#failures.set(hostname, reasonOf(error as Error));
      if (this.#hasMore) this.#tryNext();
      else if (this.#failures.size === this.#addresses.length) {
        this.stop(new DialError(this.#describeFailures(), false, { cause: error }));
      }
    }
  }

  get #hasMore(): boolean {
    return this.#next < this.#addresses.length;
  }

  /** Ends all attempts under way; false if that has been done. */
  #finish(): boolean {
    if (this.#over.signal.aborted) return false;
    clearTimeout(this.#timer);
    this.#over.abort();
    return true;
  }

  #describeFailures(): string {
    return this.#addresses.slice(0, this.#next).map((address) =>
      `${joinHostPort(address, this.#to.port)}: ${this.#failures.get(address) ?? TIMEOUT}`
    ).join("; ");
  }
}

/** The system's words without its number, begun as the inside of a sentence. */
function reasonOf({ message }: Error): string {
  const text = message.replace(/ \(os error \d+\)$/, "");
  return /^[A-Z][a-z]/.test(text) ? text[0]!.toLowerCase() + text.slice(1) : text;
}
