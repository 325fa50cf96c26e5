/** `GET /api/console/…`: the cluster as the pages show it. */
import type { Answer } from "../../lib/cluster/answer.ts";
import type { Cluster } from "../../lib/cluster/cluster.ts";
import type { StatsSelection } from "../../lib/cluster/daemons.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import type { Collector, Look } from "./collector.ts";
import type { Envelope } from "./contract.ts";
import type { NodeModel } from "./model.ts";
import { lookupView } from "./lookup_view.ts";
import { overviewOf, readOverviewQuery } from "./overview.ts";
import { SharedAnswers } from "./shared_answers.ts";
import { channelView, counterView, nodesView, nodeView, topicView } from "./views.ts";

/** Makes a view of the cluster as it is now. */
type View = (look: Look, envelope: Envelope, context: RequestContext) => object | Promise<object>;

/** Adds the routes of all views. */
export function addViewRoutes(api: AdminApi, { cluster }: AdminHost, collector: Collector): void {
  const details = new SharedAnswers();
  const add = viewAdder(api, collector);

  add("/overview", (look, envelope, { req }) => {
    const query = readOverviewQuery(new URL(req.url).searchParams);
    return overviewOf(look, query, envelope);
  });
  add(
    "/topics/:topic",
    (look, envelope, { req }) => topicView(look, req.param("topic")!, envelope),
  );
  add("/topics/:topic/:channel", async (look, envelope, { req }) => {
    const topic = req.param("topic")!, channel = req.param("channel")!;
    const nodes = answeringNodes(look, topic, channel);
    const ask = () => detailOf(cluster, nodes, { topic, channel, includeClients: true });
    const answer = details.get(look.version, `channel ${topic} ${channel}`, ask);
    return channelView(look, { topic, channel }, await withWarnings(envelope, answer), envelope);
  });
  add("/nodes", nodesView);
  add("/nodes/:node", async (look, envelope, { req }) => {
    const name = req.param("node")!;
    const node = look.model.nodes.get(name);
    if (node === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
    const nodes = node.error === "" ? [node] : [];
    const ask = () => detailOf(cluster, nodes, { includeClients: true });
    const answer = details.get(look.version, `node ${name}`, ask);
    return nodeView(look, node, await withWarnings(envelope, answer), envelope);
  });
  add("/counter", counterView);
  add("/lookup", (look, envelope) => lookupView(look, cluster, envelope));
}

/** Nodes that have the channel and answered just now: a page does not wait for one that hangs. */
function answeringNodes({ model }: Look, topic: string, channel: string): NodeModel[] {
  const parts = model.topics.get(topic)?.channels.get(channel)?.parts ?? [];
  return parts.map(({ stats }) => model.nodes.get(stats.node))
    .filter((node) => node !== undefined);
}

async function detailOf(
  cluster: Cluster,
  nodes: readonly NodeModel[],
  selection: StatsSelection,
): Promise<Answer<TopicStats[]>> {
  if (nodes.length === 0) return { value: [], errors: [] };
  const { value, errors } = await cluster.statsOf(nodes, selection);
  return { value: value.flatMap(({ stats }) => stats.topics), errors };
}

/** What adds one view; its answers say when they change, and when it is worth asking again. */
function viewAdder(api: AdminApi, collector: Collector): (path: string, make: View) => void {
  // After a restart versions begin again: a page that stayed open must not take an old one for new.
  const bootId = crypto.randomUUID().slice(0, 8);
  return (path, make) =>
    api.route("GET", `/api/console${path}`, async (context) => {
      const look = await collector.current(context.req.query("fresh") !== undefined);
      const nextInMs = collector.nextInMs(look);
      const etag = `W/"${bootId}-${look.version}"`;
      const headers = {
        "ETag": etag,
        "X-Next-In-Ms": String(nextInMs),
        "Cache-Control": "no-cache",
      };
      if (context.req.header("if-none-match") === etag) {
        return new Response(null, { status: 304, headers });
      }
      const { errors } = look.model.snapshot;
      const envelope = { atMs: look.model.atMs, nextInMs, warnings: errors.map(warningOf) };
      return Response.json(await make(look, envelope, context), { headers });
    }, { logged: false });
}

function warningOf({ address, message }: { address: string; message: string }): string {
  return `${address}: ${message}`;
}

/** Details that cannot be had leave the rest of the page as it is. */
async function withWarnings(
  envelope: Envelope,
  answer: Promise<Answer<TopicStats[]>>,
): Promise<TopicStats[]> {
  const warnings = new Set(envelope.warnings);
  try {
    const { value, errors } = await answer;
    for (const error of errors) warnings.add(warningOf(error));
    return value;
  } catch (error) {
    warnings.add((error as Error).message);
    return [];
  } finally {
    envelope.warnings = [...warnings];
  }
}
