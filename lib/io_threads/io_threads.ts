import type { Logger } from "../log/logger.ts";
import type { Peer } from "../net/peer.ts";
import type { Arrivals } from "../net/tcp_server.ts";
import type { TlsSettings } from "../tls/server_settings.ts";
import { wait } from "../wait.ts";
import { breakThreads } from "./break_threads.ts";
import { Credit } from "./credit.ts";
import type { SharedAddress } from "./entries.ts";
import { freeAddresses } from "./free_addresses.ts";
import type { HttpService } from "./http/http_in_thread.ts";
import { IoThread } from "./io_thread.ts";
import type { RemoteStream } from "./remote_stream.ts";

/** After a thread has failed, and could not be started again. */
const RETRY_MS = 1000;

/** At the end, connections that do not end in this time are cut off. */
const LAST_WORDS_MS = 1000;

/** All I/O threads of a server: they share one port, and the system shares the connections out among them. */
export class IoThreads implements Arrivals<RemoteStream> {
  /** Where they listen, for the log. */
  #address = "";
  readonly #at: SharedAddress;
  #tls: TlsSettings | null;
  readonly #logger: Logger;
  readonly #threads = new Set<IoThread>();
  /** Others are to take the place of lost ones. */
  readonly #replacing = new Set<Promise<void>>();
  readonly #credit = new Credit();
  readonly #stopping = new AbortController();
  #take: ((stream: RemoteStream, peer: Peer) => void) | null = null;
  #stopped: Promise<unknown> | null = null;
  #http: HttpService | null = null;
  #httpStopped: Promise<unknown> | null = null;

  private constructor(at: SharedAddress, tls: TlsSettings | null, logger: Logger) {
    this.#at = at;
    this.#tls = tls;
    this.#logger = logger;
  }

  /** Starts `count` threads that listen, and accept nothing before {@link start}. @throws Error if they cannot */
  static async open(
    at: SharedAddress,
    count: number,
    tls: TlsSettings | null,
    logger: Logger,
  ): Promise<IoThreads> {
    if (Deno.build.os !== "linux") {
      throw new Error("--io-threads needs Linux, which shares the connections of a port out");
    }
    const { hostname } = at;
    const [{ port }] = freeAddresses(at);
    const all = new IoThreads({ hostname, port }, tls, logger);
    try {
      await Promise.all(Array.from({ length: count }, () => all.#add()));
    } catch (error) {
      for (const thread of all.#threads) thread.end();
      throw error;
    }
    return all;
  }

  get port(): number {
    return this.#at.port;
  }

  /** The threads there are now. */
  get threads(): ReadonlySet<IoThread> {
    return this.#threads;
  }

  start(take: (stream: RemoteStream, peer: Peer) => void): void {
    this.#take = take;
    this.#logger.info(`TCP: ${this.#threads.size} I/O threads`);
    this.#logger.info(`TCP: listening on ${this.#address}`);
    for (const thread of this.#threads) thread.start();
    breakThreads(this.#threads, this.#stopping.signal);
  }

  /** Serves HTTP, too. @throws Error if they cannot listen */
  async openHttp(service: HttpService): Promise<void> {
    this.#http = service; // for threads that take the place of lost ones
    await Promise.all([...this.#threads].map((thread) => thread.openHttp(service)));
  }

  /** Listens for HTTP no more; resolves when the requests under way are answered. */
  async stopHttp(): Promise<void> {
    this.#http = null;
    this.#httpStopped ??= Promise.all([...this.#threads].map((thread) => thread.http?.stop()));
    await this.#httpStopped;
  }

  /** Who comes from now on gets this certificate. */
  useTls(settings: TlsSettings): void {
    this.#tls = settings; // for threads that take the place of lost ones
    for (const thread of this.#threads) thread.useTls(settings);
  }

  /** Gives back what no connection needs now. */
  giveMemoryBack(): void {
    for (const thread of this.#threads) thread.giveMemoryBack();
  }

  stop(): void {
    if (this.#stopping.signal.aborted) return;
    this.#stopping.abort();
    if (this.#take !== null) this.#logger.info(`TCP: closing ${this.#address}`);
    this.#stopped = Promise.all([...this.#threads].map((thread) => thread.stop()));
  }

  async done(): Promise<void> {
    const limit = new AbortController();
    const stopped = Promise.all([this.#stopped, this.#httpStopped, ...this.#replacing]);
    await Promise.race([stopped, wait(LAST_WORDS_MS, limit.signal)]);
    limit.abort();
    for (const thread of this.#threads) thread.end();
  }

  async #add(): Promise<IoThread> {
    const { thread, address } = await IoThread.open(this.#at, this.#tls, {
      logger: this.#logger,
      credit: this.#credit,
      take: (stream, peer) => {
        if (this.#stopping.signal.aborted) stream.close();
        else this.#take!(stream, peer);
      },
      onLost: (error, connections) => {
        const replacing = this.#replace(thread, error, connections);
        this.#replacing.add(replacing);
        replacing.finally(() => this.#replacing.delete(replacing));
      },
    });
    this.#address = address;
    try {
      if (this.#http !== null) await thread.openHttp(this.#http);
    } catch (error) {
      thread.end();
      throw error;
    }
    this.#threads.add(thread);
    return thread;
  }

  async #replace(lost: IoThread, error: Error, connections: number): Promise<void> {
    this.#threads.delete(lost);
    this.#logger.error(
      `${error.message}; its ${connections} connections are lost, another one takes its place`,
    );
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const successor = await this.#add();
        return signal.aborted ? successor.end() : successor.start();
      } catch (error) {
        this.#logger.error(`I/O thread not started - ${(error as Error).message}`);
        await wait(RETRY_MS, signal);
      }
    }
  }
}
