/** `GET /api/console/…`: the cluster as the pages show it. */
import type { Answer } from "../../lib/cluster/answer.ts";
import type { Cluster } from "../../lib/cluster/cluster.ts";
import type { StatsSelection } from "../../lib/cluster/daemons.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import { ClientWatch } from "./client_watch.ts";
import type { Collector, Look } from "./collector.ts";
import type { Envelope, HistoryView } from "./contract.ts";
import type { Subject } from "./history.ts";
import type { NodeModel } from "./model.ts";
import { lookupView } from "./lookup_view.ts";
import { policiesOf } from "./more/routes.ts";
import { overviewOf, readOverviewQuery } from "./overview.ts";
import { type Past, readWindow } from "./past.ts";
import { SharedAnswers } from "./shared_answers.ts";
import { channelView, counterView, nodesView, nodeView, topicView } from "./views.ts";

/** Makes a view of the cluster as it is now. */
type View = (
  look: Look,
  envelope: Envelope,
  context: RequestContext,
  charted: Charting,
) => object | Promise<object>;

/** The envelope with a chart of something, over the span of time that is asked for. */
type Charting = (subject: Subject) => Promise<Envelope & { history: HistoryView }>;

/** Whether the look knows what a view is about. */
type IsKnown = (look: Look, context: RequestContext) => boolean;

/** What a look that is younger than this does not know is not looked for once more, in ms. */
const YOUNG_MS = 500;

/** Adds the routes of all views. */
export function addViewRoutes(
  api: AdminApi,
  host: AdminHost,
  collector: Collector,
  past: Past,
): void {
  const { cluster } = host;
  const details = new SharedAnswers();
  const watch = new ClientWatch();
  const add = viewAdder(api, collector, past);

  add("/overview", async (look, _, { req }, charted) => {
    const query = readOverviewQuery(new URL(req.url).searchParams);
    return overviewOf(look, query, await charted({}));
  });
  add(
    "/topics/:topic",
    async (look, _, { req }, charted) => {
      const topic = req.param("topic")!;
      return topicView(look, topic, await charted({ topic }));
    },
    ({ model }, { req }) => model.topics.has(req.param("topic")!),
  );
  add("/topics/:topic/:channel", async (look, _, { req }, charted) => {
    const topic = req.param("topic")!, channel = req.param("channel")!;
    const envelope = await charted({ topic, channel });
    const nodes = answeringNodes(look, topic, channel);
    const key = `channel ${topic} ${channel}`;
    const ask = () =>
      watched(watch, key, detailOf(cluster, nodes, { topic, channel, includeClients: true }));
    const topics = await withWarnings(envelope, details.get(look.version, key, ask));
    const detail = { topics, faults: watch.faults(key) };
    return channelView(look, { topic, channel }, detail, envelope);
  }, ({ model }, { req }) => {
    return !!model.topics.get(req.param("topic")!)?.channels.has(req.param("channel")!);
  });
  add("/nodes", nodesView);
  add("/nodes/:node", async (look, _, { req }, charted) => {
    const name = req.param("node")!;
    const node = look.model.nodes.get(name);
    if (node === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
    const envelope = await charted({ node: name });
    if (node.error !== "") {
      const last = { topics: collector.lastStats(name), faults: new Map() };
      return nodeView(look, node, last, envelope);
    }
    const key = `node ${name}`;
    const ask = () => watched(watch, key, detailOf(cluster, [node], { includeClients: true }));
    const topics = await withWarnings(envelope, details.get(look.version, key, ask));
    return nodeView(look, node, { topics, faults: watch.faults(key) }, envelope);
  }, ({ model }, { req }) => model.nodes.has(req.param("node")!));
  add("/counter", async (look, _, { req }, charted) => {
    const range = readWindow(new URL(req.url).searchParams);
    const handedOut = look.history.handedOut(range);
    return counterView(look, { ...await charted({}), handedOut });
  });
  add("/policies", async (look, envelope) => ({
    ...envelope,
    ...await policiesOf(host, look.model),
  }));
  add("/lookup", (look, envelope) => lookupView(look, { cluster, collector }, envelope));
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

async function watched(
  watch: ClientWatch,
  key: string,
  answer: Promise<Answer<TopicStats[]>>,
): Promise<Answer<TopicStats[]>> {
  const given = await answer;
  watch.note(key, given.value, Date.now());
  return given;
}

/** What adds one view; its answers say when they change, and when it is worth asking again. */
function viewAdder(
  api: AdminApi,
  collector: Collector,
  past: Past,
): (path: string, make: View, isKnown?: IsKnown) => void {
  // After a restart versions begin again: a page that stayed open must not take an old one for new.
  const bootId = crypto.randomUUID().slice(0, 8);
  return (path, make, isKnown = () => true) =>
    api.route("GET", `/api/console${path}`, async (context) => {
      let look = await collector.current(context.req.query("fresh") !== undefined);
      // It may be younger than the last look.
      if (!isKnown(look, context) && collector.ageMs(look) > YOUNG_MS) {
        look = await collector.current(true);
      }
      const nextInMs = collector.nextInMs(look);
      const etag = `W/"${bootId}-${look.version}"`;
      const headers = {
        "ETag": etag,
        "X-Next-In-Ms": String(nextInMs),
        "X-Age-Ms": String(collector.ageMs(look)),
        "Cache-Control": "no-cache",
      };
      if (context.req.header("if-none-match") === etag) {
        return new Response(null, { status: 304, headers });
      }
      const { atMs, snapshot, listing } = look.model;
      const warnings = snapshot.errors.map(warningOf);
      const envelope = { atMs, nextInMs, warnings, listing };
      const range = readWindow(new URL(context.req.url).searchParams);
      const charted: Charting = async (subject) => {
        const history = await past.view(look.history, subject, range);
        return Object.assign(envelope, { history });
      };
      return Response.json(await make(look, envelope, context, charted), { headers });
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
