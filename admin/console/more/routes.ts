/** Routes of what only our brokers can do. What shows or changes messages is for admins. */
import type { LocatedNode } from "../../../lib/cluster/daemons.ts";
import type { RequestContext } from "../../../lib/http/api.ts";
import { readBody } from "../../../lib/http/body.ts";
import { HttpError } from "../../../lib/http/http_error.ts";
import { isValidName } from "../../../lib/wire/names.ts";
import type { AdminApi } from "../../admin_api.ts";
import type { AdminHost } from "../../host.ts";
import type { Collector } from "../collector.ts";
import type { MessageDeedRequest, MessageState, PeekRequest, Policy } from "./contract.ts";
import type { ClusterModel } from "../model.ts";
import { drainOf } from "./drain.ts";
import { doToMessages } from "./message_deeds.ts";
import { peek } from "./peek.ts";
import { deletePolicy, effectivePolicies, listPolicies, putPolicy } from "./policies.ts";

const MAX_BODY_BYTES = 64 * 1024;
const MAX_COUNT = 100;
const STATES: readonly MessageState[] = ["queued", "in_flight", "deferred", "dead"];
const DEEDS: readonly MessageDeedRequest["deed"][] = ["kick", "delete", "emptyDead"];

/** Adds the routes. */
export function addMoreRoutes(api: AdminApi, host: AdminHost, collector: Collector): void {
  const { daemons } = host.cluster;

  api.action("POST", "/api/console/peek", async (context) => {
    const request = readPeek(await jsonOf(context));
    const { model } = await collector.current();
    return await peek(daemons, nodesOf(model, request), request);
  });
  api.action("POST", "/api/console/messages", async (context) => {
    const request = readMessageDeed(await jsonOf(context));
    if (request.deed !== "kick") host.guard?.demand(context, "admin", false);
    const { model } = await collector.current();
    const answer = await doToMessages(daemons, nodesOf(model, request), request);
    const { deed, topic, channel, id = "all" } = request;
    host.logger.info(`console: ${deed} ${id} of ${topic}/${channel} on ${answer.done.join(", ")}`);
    return answer;
  });

  api.route("GET", "/api/console/effective", async ({ req }) => {
    const topic = req.query("topic") ?? "", channel = req.query("channel");
    if (!isValidName(topic)) throw new HttpError(400, "INVALID_TOPIC");
    const { model } = await collector.current();
    return await effectivePolicies(daemons, nodesOf(model, { topic }), { topic, channel });
  }, { logged: false });
  api.action("POST", "/api/console/policies", async (context) => {
    const { policy, dryRun } = await jsonOf(context);
    const isDryRun = dryRun === true;
    const { model } = await collector.current();
    const change = await putPolicy(daemons, answering(model), policy as Policy, isDryRun);
    if (!isDryRun) {
      host.logger.info(
        `console: put policy ${JSON.stringify(policy)} on ${change.done.join(", ")}`,
      );
    }
    return change;
  });
  api.action("DELETE", "/api/console/policies/:name", async ({ req }) => {
    const name = req.param("name")!;
    const { model } = await collector.current();
    const change = await deletePolicy(daemons, answering(model), name);
    host.logger.info(`console: deleted policy ${name} on ${change.done.join(", ")}`);
    return change;
  });

  api.route("GET", "/api/console/nodes/:node/drain", async ({ req }) => {
    const { model } = await collector.current();
    return { drain: await drainOf(daemons, nodeOf(model, req.param("node")!)) };
  }, { logged: false });
  api.action("POST", "/api/console/nodes/:node/drain", async (context) => {
    const { deadline } = await jsonOf(context);
    const { model } = await collector.current();
    const name = context.req.param("node")!;
    const parameters = typeof deadline === "string" && deadline !== "" ? { deadline } : {};
    await told(name, () => daemons.command(nodeOf(model, name).address, "/drain", parameters));
    host.logger.info(`console: drains ${name}`);
    return {};
  });
  api.action("DELETE", "/api/console/nodes/:node/drain", async ({ req }) => {
    const { model } = await collector.current();
    const name = req.param("node")!;
    await told(name, () => daemons.command(nodeOf(model, name).address, "/drain/cancel", {}));
    host.logger.info(`console: drains ${name} no more`);
    return {};
  });
}

/** What the policies page shows, asked of all nodes that answer. */
export function policiesOf(host: AdminHost, model: ClusterModel) {
  return listPolicies(host.cluster.daemons, answering(model));
}

function answering({ nodes }: ClusterModel): LocatedNode[] {
  return [...nodes.values()].filter(({ error }) => error === "");
}

/** Nodes that answer and have the topic, or the channel. */
function nodesOf(
  { nodes, topics }: ClusterModel,
  { topic, channel, node }: { topic: string; channel?: string; node?: string },
): LocatedNode[] {
  const known = topics.get(topic);
  const parts = channel === undefined ? known?.parts : known?.channels.get(channel)?.parts;
  const names = (parts ?? []).map(({ stats }) => stats.node);
  return names.filter((name) => node === undefined || node === name)
    .flatMap((name) => nodes.get(name) ?? []);
}

function nodeOf({ nodes }: ClusterModel, name: string): LocatedNode {
  const node = nodes.get(name);
  if (node === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
  return node;
}

/** @throws HttpError 502 with what the node says */
async function told(node: string, command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    throw new HttpError(502, `UPSTREAM_ERROR: ${node}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

async function jsonOf({ req }: RequestContext): Promise<Record<string, unknown>> {
  const body = await readBody(req.raw, MAX_BODY_BYTES);
  if (body.length > MAX_BODY_BYTES) throw new HttpError(413, "BODY_TOO_BIG");
  try {
    const value = JSON.parse(new TextDecoder().decode(body));
    if (typeof value === "object" && value !== null) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new HttpError(400, "INVALID_BODY");
}

function readPeek(value: Record<string, unknown>): PeekRequest {
  const { topic, channel, state, offset = 0, count = 20, node } = value;
  const known = STATES.find((each) => each === state);
  if (known === undefined) throw new HttpError(400, "INVALID_STATE");
  const isWhole = (number: unknown, max: number): number is number =>
    Number.isSafeInteger(number) && (number as number) >= 0 && (number as number) <= max;
  if (!isWhole(offset, Number.MAX_SAFE_INTEGER) || !isWhole(count, MAX_COUNT)) {
    throw new HttpError(400, "INVALID_OFFSET");
  }
  return {
    topic: nameOf(topic, "TOPIC"),
    ...(channel !== undefined && { channel: nameOf(channel, "CHANNEL") }),
    state: known,
    offset,
    count,
    ...(typeof node === "string" && { node }),
  };
}

function readMessageDeed(value: Record<string, unknown>): MessageDeedRequest {
  const { deed, topic, channel, state, id, node } = value;
  const known = DEEDS.find((each) => each === deed);
  if (known === undefined) throw new HttpError(400, "INVALID_ACTION");
  if (known === "delete" && typeof id !== "string") throw new HttpError(400, "INVALID_ID");
  return {
    deed: known,
    topic: nameOf(topic, "TOPIC"),
    channel: nameOf(channel, "CHANNEL"),
    ...((state === "dead" || state === "deferred") && { state }),
    ...(typeof id === "string" && { id }),
    ...(typeof node === "string" && { node }),
  };
}

function nameOf(value: unknown, what: string): string {
  if (typeof value !== "string" || !isValidName(value)) throw new HttpError(400, `INVALID_${what}`);
  return value;
}
