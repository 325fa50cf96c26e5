import type { HttpApi, RequestContext } from "../../http/api.ts";
import type { Answer } from "../../http/respond.ts";
import { daemonVersionLine, NSQ_VERSION } from "../../version.ts";
import { statsText } from "../stats_text.ts";
import { booleanParameter, queryOf } from "./arguments.ts";
import type { DiskSpace } from "./disk_space.ts";
import type { NsqdHost } from "./host.ts";
import { memoryStats } from "./memory.ts";

/** `/stats`, as text or with `format=json`. */
export function addStatsRoute(api: HttpApi, host: NsqdHost, now: () => Date): void {
  api.route(
    "GET",
    "/stats",
    async (context) => {
      const disk = await host.disk.now();
      return stats(host, context, { now: now(), disk });
    },
  );
}

function stats(
  host: NsqdHost,
  context: RequestContext,
  { now, disk }: { now: Date; disk: DiskSpace | null },
): Answer {
  const query = queryOf(context, host.logger);
  const topic = query.get("topic") ?? "";
  const channel = query.get("channel") ?? "";
  const includeClients = booleanParameter(query, "include_clients") ?? true;
  const includeMemory = booleanParameter(query, "include_mem") ?? true;

  const { startTime } = host;
  const health = host.broker.health();
  const topics = host.broker.stats(topic, channel, includeClients);
  const allProducers = includeClients ? host.producers(topic) : [];
  // None is null in a reference answer, and clients may depend on that.
  const producers = allProducers.length > 0 ? allProducers : null;
  const memory = includeMemory ? memoryStats() : undefined;

  if (query.get("format") === "json") {
    return {
      version: NSQ_VERSION,
      health,
      start_time: Math.floor(startTime.getTime() / 1000),
      topics,
      memory,
      producers,
      ...(disk !== null && { disk }),
      ...(host.broker.draining && { draining: true }),
    };
  }
  const version = daemonVersionLine("nsqd");
  return statsText({ version, health, startTime, now, topics, producers, memory });
}
