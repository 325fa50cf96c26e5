import { openGuard, type TokenGuard } from "../lib/access/guard.ts";
import { type HttpServer, serve } from "../lib/http/serve.ts";
import type { Logger } from "../lib/log/logger.ts";
import { ProcessFigures } from "../lib/metrics/process_figures.ts";
import { listenOn } from "../lib/net/listen.ts";
import type { TcpServer } from "../lib/net/tcp_server.ts";
import type { Reloadable } from "../lib/process/reloading.ts";
import { daemonVersionLine, PROJECT_VERSION } from "../lib/version.ts";
import { type Clock, systemClock } from "./clock.ts";
import { Counters } from "./counters.ts";
import { createLookupdApi } from "./http/api.ts";
import { LOOKUPD_NEEDS } from "./http/needs.ts";
import type { LookupdOptions } from "./option_table.ts";
import { Registry } from "./registry/registry.ts";
import type { Connection } from "./tcp/connection.ts";
import { listenV1 } from "./tcp/server.ts";

/** One lookupd: the registry, the connections that fill it, and the HTTP API that shows it. */
export class Lookupd {
  readonly registry = new Registry();
  readonly #clock: Clock;
  readonly #process: ProcessFigures;
  #guard: TokenGuard | null = null;
  #tcp: TcpServer<Connection> | null = null;
  #http: HttpServer | null = null;
  /** Undoes the start, last step first; null before it has succeeded. */
  #running: AsyncDisposableStack | null = null;
  #stopping: Promise<void> | null = null;

  constructor(
    readonly options: LookupdOptions,
    readonly logger: Logger,
    clock: Clock = systemClock,
  ) {
    this.#clock = clock;
    this.#process = new ProcessFigures(PROJECT_VERSION, new Date(clock.unixMs()));
  }

  /** Listens. @throws Error that names the address which cannot be had; nothing is listening then */
  async start(signal: AbortSignal): Promise<void> {
    const { options, logger, registry } = this;
    logger.info(daemonVersionLine("nsqlookupd"));
    const clock = this.#clock;
    const commands = new Counters();
    const guard = this.#guard = openGuard({
      path: options.httpAuthFile,
      needs: LOOKUPD_NEEDS,
      logger,
    });
    await using started = new AsyncDisposableStack();
    started.defer(() => this.#process.stop());
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
    started.defer(() => tcp.close());
    const api = createLookupdApi({
      options,
      logger,
      registry,
      clock,
      commands,
      requests: new Counters(),
      process: this.#process,
      guard,
      connectionCount: () => tcp.connections.size,
      readiness: () => this.#stopping === null ? "OK" : "stopping",
    });
    const http = await listenOn(options.httpAddress, (at) => serve(api, at, { logger }));
    this.#http = http;
    started.defer(async () => {
      tcp.stopListening();
      await http.shutdown();
    });
    signal.throwIfAborted();
    tcp.start();
    this.#running = started.move();
  }

  /** The port really listened on; 0 before {@link start}. */
  get tcpPort(): number {
    return this.#tcp?.port ?? 0;
  }

  /** The port really listened on; 0 before {@link start}. */
  get httpPort(): number {
    return this.#http?.port ?? 0;
  }

  /** What is read again while it runs. */
  reloadables(): Reloadable[] {
    return this.#guard === null ? [] : [this.#guard.reloadable()];
  }

  /** Stops listening, answers the requests under way, closes all connections. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#running?.disposeAsync() ?? Promise.resolve();
  }
}
