/** `/api/console/…`: what the console's pages ask for beyond nsqadmin's own API. */
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { addConsoleActionRoutes } from "./action_routes.ts";
import { Collector, type Look } from "./collector.ts";
import { addMessageRoutes } from "./message_routes.ts";
import { addMoreRoutes } from "./more/routes.ts";
import { Past } from "./past.ts";
import { Prometheus } from "./prometheus.ts";
import { Tails } from "./tail.ts";
import { addViewRoutes } from "./view_routes.ts";

/** What looks at the cluster for the routes. */
export interface ConsoleWatch {
  /** What was seen last; null before the first look. */
  lastLook(): Look | null;
  /** Ends the looking, and the tails under way. */
  close(): Promise<void>;
}

/** Adds the routes and starts to look at the cluster. */
export function addConsoleRoutes(api: AdminApi, host: AdminHost): ConsoleWatch {
  const { cluster, logger } = host;
  const { prometheusUrl } = host.options;
  const prometheus = prometheusUrl === "" ? null : new Prometheus(prometheusUrl, host.client);
  const collector = new Collector({ cluster, logger, nowMs: Date.now });
  const tails = new Tails(logger);
  addViewRoutes(api, host, collector, new Past(prometheus, logger));
  addConsoleActionRoutes(api, host, collector);
  addMoreRoutes(api, host, collector);
  addMessageRoutes(api, host, collector, tails);
  collector.start();
  return {
    lastLook: () => collector.last,
    async close() {
      await Promise.all([tails.stop(), collector.stop()]);
    },
  };
}
