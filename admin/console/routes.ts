/** `/api/console/…`: what the console's pages ask for beyond nsqadmin's own API. */
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { Collector } from "./collector.ts";
import { addMessageRoutes } from "./message_routes.ts";
import { Tails } from "./tail.ts";
import { addViewRoutes } from "./view_routes.ts";

/** Adds the routes and starts to look at the cluster. `close` ends that, and the tails under way. */
export function addConsoleRoutes(api: AdminApi, host: AdminHost): { close(): Promise<void> } {
  const { cluster, logger } = host;
  const collector = new Collector({ cluster, logger, nowMs: Date.now });
  const tails = new Tails(logger);
  addViewRoutes(api, host, collector);
  addMessageRoutes(api, host, collector, tails);
  collector.start();
  return {
    async close() {
      await Promise.all([tails.stop(), collector.stop()]);
    },
  };
}
