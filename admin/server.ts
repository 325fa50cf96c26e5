import { openGuard, type TokenGuard } from "../lib/access/guard.ts";
import { bearerFrom } from "../lib/access/secret_file.ts";
import { Cluster } from "../lib/cluster/cluster.ts";
import { addHealthRoutes } from "../lib/http/health.ts";
import type { JsonClient } from "../lib/http/json_client.ts";
import { type HttpServer, serve } from "../lib/http/serve.ts";
import type { Logger, LogLevel } from "../lib/log/logger.ts";
import { ProcessFigures } from "../lib/metrics/process_figures.ts";
import { listenOn } from "../lib/net/listen.ts";
import type { Reloadable } from "../lib/process/reloading.ts";
import { daemonVersionLine, PROJECT_VERSION } from "../lib/version.ts";
import { AdminApi } from "./admin_api.ts";
import { addActionRoutes } from "./api/actions.ts";
import { addConfigRoutes } from "./api/config.ts";
import { addGraphiteRoutes } from "./api/graphite.ts";
import { addNodeRoutes } from "./api/nodes.ts";
import { addTopicRoutes } from "./api/topics.ts";
import { addConsoleRoutes } from "./console/routes.ts";
import { certificateFiles, newClient, newDaemonClient, readCertificates } from "./daemon_client.ts";
import type { AdminHost } from "./host.ts";
import { addMetricsRoute } from "./metrics.ts";
import { Notifier } from "./notifier.ts";
import type { AdminOptions } from "./option_table.ts";
import { ADMIN_NEEDS } from "./security/needs.ts";
import { allowedHosts } from "./security/allowed_host.ts";
import { addPageRoutes } from "./web/routes.ts";

/** One admin: asks the cluster, answers browsers and scripts. */
export class Admin {
  readonly logger: Logger;
  /** For daemons, and for what is none. */
  readonly #client: JsonClient;
  readonly #otherClient: JsonClient;
  readonly #guard: TokenGuard | null;
  readonly #host: AdminHost;
  #options: AdminOptions;
  #http: HttpServer | null = null;
  /** Undoes the start, last step first; null before it has succeeded. */
  #running: AsyncDisposableStack | null = null;
  #stopping: Promise<void> | null = null;

  /** @throws Error when certificates, tokens or secrets cannot be read */
  constructor(options: AdminOptions, logger: Logger, nowMs: () => number = Date.now) {
    this.#options = { ...options };
    this.logger = logger;
    this.#client = newDaemonClient(options);
    this.#otherClient = newClient(options);
    this.#guard = openGuard({
      path: options.httpAuthFile,
      needs: ADMIN_NEEDS,
      logger,
      asksPeople: true,
    });
    this.#host = this.#newHost(nowMs);
  }

  /** Listens. @throws Error that names the address which cannot be had; nothing is listening then */
  async start(signal: AbortSignal): Promise<void> {
    const { logger } = this;
    const { httpAddress } = this.#options;
    logger.info(daemonVersionLine("nsqadmin"));
    await using started = new AsyncDisposableStack();
    started.defer(() => this.#client.close());
    started.defer(() => this.#otherClient.close());
    const { api, close } = createAdminApi(this.#host);
    started.defer(close);
    const http = this.#http = await listenOn(httpAddress, (at) => serve(api, at, { logger }));
    started.defer(async () => {
      await Promise.all([http.shutdown(), close()]); // answers that go on for ever must end
    });
    signal.throwIfAborted();
    this.#running = started.move();
  }

  /** The port really listened on; 0 before {@link start}. */
  get httpPort(): number {
    return this.#http?.port ?? 0;
  }

  setLogLevel(level: LogLevel): void {
    this.#host.configure({ logLevel: level });
  }

  /** What is read again while it runs. */
  reloadables(): Reloadable[] {
    const files = certificateFiles(this.#options);
    const { httpClientAuthSecretFile: secretFile } = this.#options;
    return [
      ...files.length === 0
        ? []
        : [{ what: "certificates", files, reload: () => this.#useCertificates() }],
      ...this.#guard === null ? [] : [this.#guard.reloadable()],
      ...secretFile === "" ? [] : [{
        what: "secret for daemons",
        files: [secretFile],
        reload: () => void (this.#client.authorization = bearerFrom(secretFile)),
      }],
    ];
  }

  /** Stops listening, answers the requests under way. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#running?.disposeAsync() ?? Promise.resolve();
  }

  #useCertificates(): void {
    const certificates = readCertificates(this.#options);
    for (const client of [this.#client, this.#otherClient]) client.useCertificates(certificates);
  }

  #newHost(nowMs: () => number): AdminHost {
    const options = this.#options;
    const { logger } = this;
    const client = this.#client;
    const cluster = new Cluster({
      addresses: () => ({
        lookupd: options.nsqlookupdHttpAddresses,
        nsqd: options.nsqdHttpAddresses,
      }),
      client,
      logger,
      nowMs,
    });
    const notifier = new Notifier({
      endpoint: options.notificationHttpEndpoint,
      client: this.#otherClient,
      logger,
      via: Deno.hostname(),
      nowMs,
    });
    return {
      options,
      logger,
      cluster,
      client: this.#otherClient,
      guard: this.#guard,
      isAdmin({ headers }) {
        const { adminUsers, aclHttpHeader } = options;
        return adminUsers.length === 0 || adminUsers.includes(headers.get(aclHttpHeader) ?? "");
      },
      notify: (notice, request, connection) => notifier.notify(notice, request, connection),
      configure(change) {
        Object.assign(options, change);
        logger.level = options.logLevel;
      },
    };
  }
}

/** All routes of a console, not yet listening. `close` ends what they do by themselves. */
function createAdminApi(host: AdminHost): { api: AdminApi; close: () => Promise<void> } {
  const { basePath, httpAddress, allowedHosts: names } = host.options;
  const api = new AdminApi(host.logger, {
    basePath,
    isAllowedHost: allowedHosts(httpAddress, names),
    isAdmin: (request) => host.isAdmin(request),
    tokens: host.guard,
  });
  api.route("GET", "/ping", () => "OK", { plainText: true });
  addHealthRoutes(api, () => "OK"); // it shows what there is, even when that is nothing
  addTopicRoutes(api, host);
  addNodeRoutes(api, host);
  addActionRoutes(api, host);
  addConfigRoutes(api, host);
  addGraphiteRoutes(api, host);
  addPageRoutes(api, host);
  const console = addConsoleRoutes(api, host);
  const process = new ProcessFigures(PROJECT_VERSION, new Date());
  addMetricsRoute(api, { process, lastLook: () => console.lastLook() });
  let closing: Promise<void> | null = null;
  const end = () => {
    process.stop();
    return console.close();
  };
  return { api, close: () => closing ??= end() };
}
