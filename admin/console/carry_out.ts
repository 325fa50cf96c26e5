/** Does something wherever it has to be done, and tells where it was and where not. */
import type { Answer } from "../../lib/cluster/answer.ts";
import { UpstreamError } from "../../lib/cluster/answer.ts";
import type { Cluster } from "../../lib/cluster/cluster.ts";
import type { LocatedNode, Parameters } from "../../lib/cluster/daemons.ts";
import { nodeName } from "../../lib/cluster/node.ts";
import { HttpStatusError } from "../../lib/http/json_client.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { ActionAnswer, ActionRequest, Failure } from "./contract.ts";
import { lostOf } from "./lost.ts";
import type { ClusterModel, LostPart } from "./model.ts";

/** One daemon that is to be told. */
interface Order {
  /** What it is called. */
  at: string;
  kind: Failure["kind"];
  /** "host:port" */
  address: string;
  path: string;
  parameters: Parameters;
}

/**
 * Does it on the lookupds, where they have to know, and then on the nodes: those that lookupd names,
 * and those that had the topic when they were seen last, whether they answer or not.
 *
 * @throws HttpError 404 when nobody has what it is about
 */
export async function carryOut(
  cluster: Cluster,
  model: ClusterModel,
  request: ActionRequest,
): Promise<ActionAnswer> {
  const nodes = await nodesOf(cluster, model, request); // once lookupd has forgotten it, it cannot tell
  const isWanted = ({ at }: Order) => request.only === undefined || request.only.includes(at);
  const answer: ActionAnswer = { done: [], failed: [] };
  let missing = 0;
  for (const orders of phasesOf(cluster, nodes, request)) {
    const outcomes = await Promise.allSettled(
      orders.filter(isWanted).map(async (order) => {
        const { address, path, parameters } = order;
        const error = await cluster.daemons.command(address, path, parameters)
          .then(() => null, (error: Error) => error);
        if (error === null) answer.done.push(order.at);
        else if (isMissing(error)) missing++;
        else answer.failed.push({ ...failureAt(model, order, request), reason: error.message });
      }),
    );
    for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason;
  }
  const isNowhere = answer.done.length === 0 && answer.failed.length === 0;
  if (isNowhere && (missing === 0 || request.deed !== "delete")) {
    throw new HttpError(404, request.channel ? "CHANNEL_NOT_FOUND" : "TOPIC_NOT_FOUND");
  }
  answer.done = [...new Set(answer.done)].sort();
  return answer;
}

/** One after the other; the orders of each at once. */
function phasesOf(
  cluster: Cluster,
  nodes: readonly LocatedNode[],
  request: ActionRequest,
): Order[][] {
  const { deed, topic, channel = "" } = request;
  const phases = [lookupdOrders(cluster, request), nodeOrders(nodes, request)];
  const needsTopic = deed === "create" && channel !== "" && !cluster.hasLookupd;
  return needsTopic ? [nodeOrders(nodes, { deed, topic }), ...phases] : phases;
}

/** Whether a daemon has no such topic or channel, so that there is nothing to be done. */
function isMissing(error: Error): boolean {
  return error instanceof HttpStatusError && error.status === 404;
}

function lookupdOrders(cluster: Cluster, request: ActionRequest): Order[] {
  const { deed, topic, channel = "", node = "" } = request;
  const to = (path: string, parameters: Parameters) =>
    cluster.lookupd.map((address): Order => ({
      at: address,
      kind: "lookupd",
      address,
      path,
      parameters,
    }));
  switch (deed) {
    case "create":
      // A lookupd makes the topic of a channel, too.
      return channel === ""
        ? to("/topic/create", { topic })
        : to("/channel/create", { topic, channel });
    case "delete":
      return to(channel === "" ? "/topic/delete" : "/channel/delete", { topic, channel });
    case "tombstone":
      return to("/topic/tombstone", { topic, node });
    default:
      return [];
  }
}

function nodeOrders(nodes: readonly LocatedNode[], request: ActionRequest): Order[] {
  const { deed, topic, channel = "" } = request;
  const kind = channel === "" ? "topic" : "channel";
  const verb = deed === "tombstone" ? "delete" : deed;
  return nodes.map(({ address, node }) => ({
    at: nodeName(node),
    kind: "node",
    address,
    path: `/${kind}/${verb}`,
    parameters: { topic, channel },
  }));
}

async function nodesOf(
  cluster: Cluster,
  model: ClusterModel,
  request: ActionRequest,
): Promise<LocatedNode[]> {
  const { deed, topic, channel = "", node } = request;
  if (deed === "tombstone") {
    const known = model.nodes.get(node ?? "");
    if (known === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
    return [known];
  }
  if (deed === "create" && !cluster.hasLookupd) return [...model.nodes.values()];
  if (deed === "create" && channel === "") return []; // nsqds make it when it is published to
  const found = new Map<string, LocatedNode>();
  const known = model.topics.get(topic);
  for (const { stats } of known?.parts ?? []) add(model.nodes.get(stats.node));
  for (const part of lostParts(model, request)) add(part.node);
  for (const each of (await producersOf(cluster, topic)).value) {
    if (!found.has(nodeName(each.node))) found.set(nodeName(each.node), each);
  }
  return [...found.values()];

  function add(each: LocatedNode | undefined): void {
    if (each !== undefined) found.set(nodeName(each.node), each);
  }
}

/** What lookupd says now, which may be newer than the last look. Without an answer the look has to do. */
async function producersOf(cluster: Cluster, topic: string): Promise<Answer<LocatedNode[]>> {
  if (!cluster.hasLookupd) return { value: [], errors: [] };
  try {
    return await cluster.producers(topic);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    return { value: [], errors: error.errors };
  }
}

function lostParts(
  model: ClusterModel,
  { topic, channel = "" }: ActionRequest,
): LostPart<unknown>[] {
  const known = model.topics.get(topic);
  if (known === undefined) return [];
  return channel === "" ? known.lost : lostOf(known, channel);
}

/** What is known of the place where it failed. */
function failureAt(
  model: ClusterModel,
  { at, kind }: Order,
  { topic, channel = "" }: ActionRequest,
): Omit<Failure, "reason"> {
  const place = { at, kind, lastMessages: null, sinceMs: 0 };
  if (kind === "lookupd") return place;
  const known = model.topics.get(topic);
  const parts = channel === "" ? [...known?.parts ?? [], ...known?.lost ?? []] : [
    ...known?.channels.get(channel)?.parts ?? [],
    ...known?.channels.get(channel)?.lost ?? [],
  ];
  const stats = parts.find((part) => part.stats?.node === at)?.stats ?? null;
  if (stats === null) return place;
  const own = "channel_name" in stats ? stats.in_flight_count + stats.deferred_count : 0;
  const sinceMs = model.nodes.get(at)?.answeredAtMs ?? 0;
  return { ...place, lastMessages: stats.depth + own, sinceMs };
}
