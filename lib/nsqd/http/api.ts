import { HttpApi } from "../../http/api.ts";
import { addDebugRoutes } from "../../http/debug.ts";
import { addHealthRoutes } from "../../http/health.ts";
import { addAnswerRoutes } from "./answer_messages.ts";
import { addChannelRoutes } from "./channels.ts";
import { addConfigRoutes } from "./config.ts";
import { addDrainRoutes } from "./drain.ts";
import { addConsumeRoutes } from "./consume.ts";
import type { NsqdHost } from "./host.ts";
import { addInfoRoutes } from "./info.ts";
import { addKickRoutes } from "./kick.ts";
import { addMetricsRoute } from "./metrics.ts";
import { addPolicyRoutes } from "./policies.ts";
import { addPeekRoutes } from "./peek.ts";
import { addCancelRoute } from "./cancel.ts";
import { addPublishRoutes } from "./publish.ts";
import { addStatsRoute } from "./stats.ts";
import { addTopicRoutes } from "./topics.ts";

/** The HTTP API of an nsqd, not yet listening. */
export function createNsqdApi(host: NsqdHost, now: () => Date = () => new Date()): HttpApi {
  const api = new HttpApi(host.logger, host.guard);
  addInfoRoutes(api, host);
  addPublishRoutes(api, host);
  addCancelRoute(api, host);
  addStatsRoute(api, host, now);
  addTopicRoutes(api, host);
  addChannelRoutes(api, host);
  addPolicyRoutes(api, host);
  addPeekRoutes(api, host);
  addConsumeRoutes(api, host);
  addAnswerRoutes(api, host);
  addKickRoutes(api, host);
  addConfigRoutes(api, host);
  addDrainRoutes(api, host);
  addDebugRoutes(api, host.logger);
  addMetricsRoute(api, host);
  addHealthRoutes(api, () => host.readiness());
  return api;
}
