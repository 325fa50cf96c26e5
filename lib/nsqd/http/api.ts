import { HttpApi } from "../../http/api.ts";
import type { ListenAddress } from "../../cli/listen_address.ts";
import { type HttpServer, serve } from "../../http/serve.ts";
import { requiresHttps } from "../tcp/tls_settings.ts";
import { refuseWithoutTls } from "../https_required.ts";
import { addDebugRoutes } from "../../http/debug.ts";
import { addHealthRoutes } from "../../http/health.ts";
import { addChannelRoutes } from "./channels.ts";
import { addConfigRoutes } from "./config.ts";
import type { NsqdHost } from "./host.ts";
import { addInfoRoutes } from "./info.ts";
import { addMetricsRoute } from "./metrics.ts";
import { addPublishRoutes } from "./publish.ts";
import { addStatsRoute } from "./stats.ts";
import { addTopicRoutes } from "./topics.ts";

/** The HTTP API of an nsqd, not yet listening. */
export function createNsqdApi(host: NsqdHost, now: () => Date = () => new Date()): HttpApi {
  const api = new HttpApi(host.logger);
  addInfoRoutes(api, host);
  addPublishRoutes(api, host);
  addStatsRoute(api, host, now);
  addTopicRoutes(api, host);
  addChannelRoutes(api, host);
  addConfigRoutes(api, host);
  addDebugRoutes(api, host.logger);
  addMetricsRoute(api, host);
  addHealthRoutes(api, () => host.readiness());
  return api;
}

/**
 * Serves the HTTP API of an nsqd.
 *
 * @throws Deno.errors.AddrInUse and its like when it cannot listen
 */
export function serveHttp(
  host: NsqdHost,
  at: ListenAddress,
  httpsPort: () => number,
): HttpServer {
  const handler = requiresHttps(host.options) ? refuseWithoutTls(httpsPort) : createNsqdApi(host);
  return serve(handler, { ...at, logger: host.logger });
}
