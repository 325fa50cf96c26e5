import { HttpApi } from "../../lib/http/api.ts";
import { addDebugRoutes } from "../../lib/http/debug.ts";
import { addHealthRoutes } from "../../lib/http/health.ts";
import { NSQ_VERSION, PROJECT_VERSION } from "../../lib/version.ts";
import { addChangeRoutes } from "./changes.ts";
import type { LookupdHost } from "./host.ts";
import { addMetricsRoute } from "./metrics.ts";
import { addQueryRoutes } from "./queries.ts";
import { addRegistryDebugRoute } from "./registry_debug.ts";

/** The HTTP API of a lookupd, not yet listening. */
export function createLookupdApi(host: LookupdHost): HttpApi {
  const api = new HttpApi(host.logger, host.guard);
  api.route("GET", "/ping", () => "OK", { plainText: true });
  api.route("GET", "/info", () => ({ version: NSQ_VERSION, nsq_ts_version: PROJECT_VERSION }));
  addQueryRoutes(api, host);
  addChangeRoutes(api, host);
  addRegistryDebugRoute(api, host);
  addDebugRoutes(api, host.logger);
  addMetricsRoute(api, host);
  addHealthRoutes(api, () => host.readiness());
  return api;
}
