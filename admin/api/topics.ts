import { aggregateChannel, aggregateTopic } from "../../lib/cluster/aggregate.ts";
import { compareByNodeTopology } from "../../lib/cluster/client_order.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { queryOf } from "../../lib/http/parameters.ts";
import type { Answer } from "../../lib/http/respond.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { parameter, upstream, warning } from "./answers.ts";

/** Thousands at once would have lookupd answer none of them in time. */
const QUESTIONS_AT_ONCE = 32;

/** `/api/topics`, `/api/topics/:topic` and `/api/topics/:topic/:channel`: what is there, and how it is doing. */
export function addTopicRoutes(api: AdminApi, host: AdminHost): void {
  api.route("GET", "/api/topics", (context) => topics(host, context));
  api.route("GET", "/api/topics/:topic", (context) => topic(host, parameter(context, "topic")));
  api.route(
    "GET",
    "/api/topics/:topic/:channel",
    (context) => channel(host, parameter(context, "topic"), parameter(context, "channel")),
  );
}

async function topics(host: AdminHost, context: RequestContext): Promise<Answer> {
  const query = queryOf(context, host.logger);
  if (query.get("inactive") === "true") return await inactiveTopics(host);
  const { value, errors } = await upstream(host, "get topics", host.cluster.topics());
  return { topics: value.length === 0 ? null : value, message: warning(host, errors) };
}

/** Topics that no node has, each with its channels: what may be deleted. Known with lookupd only. */
async function inactiveTopics(host: AdminHost): Promise<Answer> {
  const { cluster } = host;
  if (!cluster.hasLookupd) {
    const { errors } = await upstream(host, "get topics", cluster.topics());
    return { topics: {}, message: warning(host, errors) };
  }
  const [all, nodes] = await upstream(
    host,
    "get topics",
    Promise.all([cluster.topics(), cluster.nodes()]),
  );
  const active = new Set(
    nodes.value.flatMap(({ topics }) => topics ?? [])
      .filter(({ tombstoned }) => !tombstoned).map(({ topic }) => topic),
  );
  const inactive = all.value.filter((topic) => !active.has(topic));
  const channels: [topic: string, channels: string[] | null][] = [];
  for (let at = 0; at < inactive.length; at += QUESTIONS_AT_ONCE) {
    channels.push(
      ...await Promise.all(
        inactive.slice(at, at + QUESTIONS_AT_ONCE).map(async (topic) => {
          const { value } = await upstream(host, "get channels", cluster.topicChannels(topic));
          return [topic, value.length === 0 ? null : value] as [string, string[] | null];
        }),
      ),
    );
  }
  return { topics: Object.fromEntries(channels), message: warning(host, all.errors) };
}

async function topic(host: AdminHost, name: string): Promise<Answer> {
  const { value, errors } = await upstream(host, "get topic", host.cluster.topicStats(name));
  return { ...aggregateTopic(name, value), message: warning(host, errors) };
}

/** @throws HttpError 404 CHANNEL_NOT_FOUND, where the reference fails */
async function channel(host: AdminHost, topic: string, name: string): Promise<Answer> {
  const { value, errors } = await upstream(
    host,
    "get channel",
    host.cluster.topicStats(topic, { channel: name, includeClients: true }),
  );
  const parts = value.flatMap(({ channels }) => channels ?? [])
    .filter(({ channel_name }) => channel_name === name);
  if (parts.length === 0) throw new HttpError(404, "CHANNEL_NOT_FOUND");
  const stats = aggregateChannel(parts);
  stats.clients?.sort(compareByNodeTopology);
  return { ...stats, message: warning(host, errors) };
}
