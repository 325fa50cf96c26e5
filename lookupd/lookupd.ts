import { type HttpServer, serve } from "../lib/http/serve.ts";
import type { Logger } from "../lib/log/logger.ts";
import { listenOn } from "../lib/net/listen.ts";
import type { TcpServer } from "../lib/net/tcp_server.ts";
import { versionLine } from "../lib/version.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Counters } from "./counters.ts";
import { createLookupdApi } from "./http/api.ts";
import type { LookupdOptions } from "./option_table.ts";
import { Registry } from "./registry/registry.ts";
import type { Connection } from "./tcp/connection.ts";
import { listenV1 } from "./tcp/server.ts";

/** One lookupd: the registry, the connections that fill it, and the HTTP API that shows it. */
export class Lookupd {
  readonly registry = new Registry();
  readonly #clock: Clock;
  #tcp: TcpServer<Connection> | null = null;
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
  async start(): Promise<void> {
    const { options, logger, registry } = this;
    logger.info(versionLine("nsqlookupd"));
    const clock = this.#clock;
    const commands = new Counters();
    const tcp = await listenOn(options.tcpAddress, (at) =>
      listenV1(at, {
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
      connectionCount: () => tcp.connections.size,
      readiness: () => this.#stopping === null ? "OK" : "stopping",
    });
    try {
      this.#http = await listenOn(options.httpAddress, (at) => serve(api, { ...at, logger }));
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
