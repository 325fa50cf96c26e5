import { Gate } from "../http/gate.ts";
import { serveHttps } from "../http/https.ts";
import { type HttpServer, type RequestHandler, serve } from "../http/serve.ts";
import { serveInThreads } from "../io_threads/http/serve_in_threads.ts";
import type { Logger } from "../log/logger.ts";
import { cleanUpAfter, listenOn } from "../net/listen.ts";
import { requiresHttps, type TlsSettings } from "../tls/server_settings.ts";
import type { TlsUpgrader } from "../tls/upgrader.ts";
import { refuseWithoutTls } from "./http/https_required.ts";
import type { NsqdOptions } from "./options.ts";
import { V2Server, type V2ServerParts } from "./tcp/server.ts";

/** What {@link FrontDoors.open} needs. */
export interface FrontDoorsParts {
  readonly options: NsqdOptions;
  readonly logger: Logger;
  readonly tcp: V2ServerParts;
  /** Answers HTTP and HTTPS. */
  readonly api: RequestHandler;
  /** For HTTPS; null if there is none. */
  readonly tls: TlsUpgrader | null;
}

/** Where clients come in: the TCP protocol, HTTP and HTTPS. */
export class FrontDoors {
  readonly tcp: V2Server;
  readonly #parts: FrontDoorsParts;
  readonly #api: Gate;
  #http: HttpServer | null = null;
  #https: HttpServer | null = null;

  private constructor(tcp: V2Server, parts: FrontDoorsParts) {
    this.tcp = tcp;
    this.#parts = parts;
    this.#api = new Gate(parts.api);
  }

  /**
   * Listens everywhere, and serves nobody before {@link serve}: who comes, waits.
   * @throws Error that names the address which cannot be had; nothing is listening then
   */
  static async open(parts: FrontDoorsParts): Promise<FrontDoors> {
    const tcp = await listenOn(parts.options.tcpAddress, (at) => V2Server.open(at, parts.tcp));
    const doors = new FrontDoors(tcp, parts);
    try {
      await doors.#openHttp();
      await doors.#openHttps();
      return doors;
    } catch (error) {
      await doors.close();
      throw error;
    }
  }

  /** The port of HTTP; 0 without. */
  get httpPort(): number {
    return this.#http?.port ?? 0;
  }

  /** Serves those who wait and those who come. */
  serve(): void {
    this.#api.open();
    this.tcp.start();
  }

  /** Who comes from now on gets this certificate; open connections go on. */
  useTls(settings: TlsSettings): void {
    this.#parts.tls?.replace(settings);
    this.tcp.useTls(settings);
  }

  /** Stops listening everywhere at once, answers the requests under way, closes all connections. */
  async close(): Promise<void> {
    this.tcp.stopListening();
    const answered = Promise.all([this.#http?.shutdown(), this.#https?.shutdown()]);
    await this.tcp.close();
    await answered;
    cleanUpAfter(this.#parts.options.tcpAddress);
    if (this.#http !== null) cleanUpAfter(this.#parts.options.httpAddress);
  }

  async #openHttp(): Promise<void> {
    const { options, logger } = this.#parts;
    if (options.httpAddress === "") return;
    const api = requiresHttps(options) ? refuseWithoutTls(() => this.#https?.port ?? 0) : this.#api;
    const { ioThreads } = this.tcp;
    this.#http = await listenOn(
      options.httpAddress,
      (at) =>
        ioThreads !== null && at.transport === "tcp"
          ? serveInThreads(ioThreads, api, at, { logger })
          : serve(api, at, { logger }),
    );
  }

  async #openHttps(): Promise<void> {
    const { options, logger, tls } = this.#parts;
    if (tls === null || options.httpsAddress === "") return;
    this.#https = await listenOn(options.httpsAddress, (at) => {
      if (at.transport === "unix") throw new Error("not <addr>:<port>");
      return serveHttps(this.#api, at, tls, logger);
    });
  }
}
