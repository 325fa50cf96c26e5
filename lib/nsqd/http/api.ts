import { HttpApi } from "../../http/api.ts";
import { type HttpServer, serve } from "../../http/serve.ts";
import { addChannelRoutes } from "./channels.ts";
import { addConfigRoutes } from "./config.ts";
import { addDebugRoutes } from "./debug.ts";
import type { NsqdHost } from "./host.ts";
import { addInfoRoutes } from "./info.ts";
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
  addDebugRoutes(api, host);
  return api;
}

/**
 * Serves the HTTP API of an nsqd.
 *
 * @throws Deno.errors.AddrInUse and its like when it cannot listen
 */
export function serveHttp(host: NsqdHost, at: { hostname: string; port: number }): HttpServer {
  return serve(createNsqdApi(host), { ...at, logger: host.logger });
}
