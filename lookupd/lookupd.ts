import { parseHostPort } from "../lib/cli/host_port.ts";
import { type HttpServer, serve } from "../lib/http/serve.ts";
import type { Logger } from "../lib/log/logger.ts";
import { versionLine } from "../lib/version.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Counters } from "./counters.ts";
import { createLookupdApi } from "./http/api.ts";
import type { LookupdOptions } from "./option_table.ts";
import { Registry } from "./registry/registry.ts";
import { TcpServer } from "./tcp/server.ts";

/** One lookupd: the registry, the connections that fill it, and the HTTP API that shows it. */
export class Lookupd {
  readonly registry = new Registry();
  readonly #clock: Clock;
  #tcp: TcpServer | null = null;
  #http: HttpServer | null = null;
  #stopping: Promise<void> | null = null;

  constructor(
    readonly options: LookupdOptions,
    readonly logger: Logger,
    clock: Clock = systemClock,
  ) {
    this.#clock = clock;
  }

  /** Listens. @throws Error that names the address which cannot be had; nothing is listening then */
  start(): void {
    const { options, logger, registry } = this;
    logger.info(versionLine("nsqlookupd"));
    const clock = this.#clock;
    const commands = new Counters();
    const tcp = listen(options.tcpAddress, (at) =>
      new TcpServer(at, {
        options,
        logger,
        registry,
        clock,
        commands,
        tcpPort: () => this.tcpPort,
        httpPort: () => this.httpPort,
      }));
    this.#tcp = tcp;
    const api = createLookupdApi({
      options,
      logger,
      registry,
      clock,
      commands,
      requests: new Counters(),
      startTime: new Date(clock.unixMs()),
      connectionCount: () => tcp.connectionCount,
      readiness: () => this.#stopping === null ? "OK" : "stopping",
    });
    try {
      this.#http = listen(options.httpAddress, (at) => serve(api, { ...at, logger }));
    } catch (error) {
      tcp.stopListening();
      throw error;
    }
    tcp.start();
  }

  /** The port really listened on; 0 before {@link start}. */
  get tcpPort(): number {
    return this.#tcp?.port ?? 0;
  }

  /** The port really listened on; 0 before {@link start}. */
  get httpPort(): number {
    return this.#http?.port ?? 0;
  }

  /** Stops listening, answers the requests under way, closes all connections. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    this.#tcp?.stopListening();
    const httpDone = this.#http?.shutdown();
    await this.#tcp?.close();
    await httpDone;
  }
}

/** Listens on `address`. @throws Error that names the address */
function listen<T>(address: string, open: (at: { hostname: string; port: number }) => T): T {
  try {
    const at = parseHostPort(address);
    if (at === undefined) throw new Error("not <addr>:<port>");
    return open({ hostname: at.hostname || "0.0.0.0", port: at.port });
  } catch (error) {
    throw new Error(`listen (${address}) failed - ${(error as Error).message}`, { cause: error });
  }
}
