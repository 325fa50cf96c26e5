import { HttpError } from "../../lib/http/http_error.ts";
import type { Answer } from "../../lib/http/respond.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { parameter, upstream, warning } from "./answers.ts";

/** `/api/nodes`, `/api/nodes/:node` and `/api/counter`: the nsqds. */
export function addNodeRoutes(api: AdminApi, host: AdminHost): void {
  api.route("GET", "/api/nodes", () => nodes(host));
  api.route("GET", "/api/nodes/:node", (context) => node(host, parameter(context, "node")));
  api.route("GET", "/api/counter", () => counter(host));
}

async function nodes(host: AdminHost): Promise<Answer> {
  const { value, errors } = await upstream(host, "get nodes", host.cluster.nodes());
  return { nodes: value.length === 0 ? null : value, message: warning(host, errors) };
}

async function node(host: AdminHost, name: string): Promise<Answer> {
  const { value, errors } = await upstream(
    host,
    "get node",
    host.cluster.node(name, { includeClients: true }),
  );
  if (value === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
  const { topics } = value.stats;
  const clients = topics.flatMap(({ channels }) => channels ?? [])
    .flatMap(({ clients }) => clients ?? []);
  return {
    node: name,
    topics: topics.length === 0 ? null : topics,
    total_messages: topics.reduce((sum, { message_count }) => sum + message_count, 0),
    total_clients: clients.length,
    message: warning(host, errors),
  };
}

/** Messages of each channel on each node, by "topic:channel:node", from which the page counts. */
async function counter(host: AdminHost): Promise<Answer> {
  const { value, errors } = await upstream(host, "get counters", host.cluster.stats());
  const channels = value.flatMap(({ stats }) => stats.topics)
    .flatMap(({ channels }) => channels ?? []);
  const stats = channels.map((
    { node, topic_name, channel_name, message_count },
  ) =>
    [
      `${topic_name}:${channel_name}:${node}`,
      { node, topic_name, channel_name, message_count },
    ] as const
  ).sort(([a], [b]) => a < b ? -1 : 1);
  return { stats: Object.fromEntries(stats), message: warning(host, errors) };
}
