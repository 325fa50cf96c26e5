import { parseHostPort } from "../lib/cli/host_port.ts";
import { Cluster } from "../lib/cluster/cluster.ts";
import { addHealthRoutes } from "../lib/http/health.ts";
import type { JsonClient } from "../lib/http/json_client.ts";
import { type HttpServer, serve } from "../lib/http/serve.ts";
import type { Logger } from "../lib/log/logger.ts";
import { versionLine } from "../lib/version.ts";
import { AdminApi } from "./admin_api.ts";
import { addActionRoutes } from "./api/actions.ts";
import { addConfigRoutes } from "./api/config.ts";
import { addGraphiteRoutes } from "./api/graphite.ts";
import { addNodeRoutes } from "./api/nodes.ts";
import { addTopicRoutes } from "./api/topics.ts";
import { addConsoleRoutes } from "./console/routes.ts";
import { newDaemonClient } from "./daemon_client.ts";
import type { AdminHost } from "./host.ts";
import { Notifier } from "./notifier.ts";
import type { AdminOptions } from "./option_table.ts";
import { allowedHosts } from "./security/allowed_host.ts";
import { addPageRoutes } from "./web/routes.ts";

/** One admin: asks the cluster, answers browsers and scripts. */
export class Admin {
  readonly logger: Logger;
  readonly #client: JsonClient;
  readonly #host: AdminHost;
  #options: AdminOptions;
  #http: HttpServer | null = null;
  #closeApi = () => Promise.resolve();
  #stopping: Promise<void> | null = null;

  /** @throws Error when certificates cannot be read */
  constructor(options: AdminOptions, logger: Logger, nowMs: () => number = Date.now) {
    this.#options = { ...options };
    this.logger = logger;
    this.#client = newDaemonClient(options);
    this.#host = this.#newHost(nowMs);
  }

  /** Listens. @throws Error that names the address which cannot be had */
  start(): void {
    const { logger } = this;
    const { httpAddress } = this.#options;
    logger.info(versionLine("nsqadmin"));
    const { api, close } = createAdminApi(this.#host);
    this.#closeApi = close;
    try {
      const at = parseHostPort(httpAddress)!;
      const hostname = at.hostname || "0.0.0.0";
      this.#http = serve(api, { hostname, port: at.port, logger });
    } catch (error) {
      const reason = (error as Error).message;
      throw new Error(`listen (${httpAddress}) failed - ${reason}`, { cause: error });
    }
  }

  /** The port really listened on; 0 before {@link start}. */
  get httpPort(): number {
    return this.#http?.port ?? 0;
  }

  /** Stops listening, answers the requests under way. */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  async #stop(): Promise<void> {
    await this.#closeApi(); // answers that go on for ever end here
    await this.#http?.shutdown();
    this.#client.close();
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
      client,
      logger,
      via: Deno.hostname(),
      nowMs,
    });
    return {
      options,
      logger,
      cluster,
      client,
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
  return { api, close: () => console.close() };
}
