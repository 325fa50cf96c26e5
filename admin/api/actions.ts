import * as actions from "../../lib/cluster/actions.ts";
import type { DaemonError } from "../../lib/cluster/answer.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { Answer } from "../../lib/http/respond.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import type { ActionNotice } from "../notifier.ts";
import { bodyFields, checkedName, nameParameter, parameter, upstream, warning } from "./answers.ts";

const NODE_ACTIONS: readonly actions.NodeAction[] = ["pause", "unpause", "empty"];

/** What changes the cluster: creating, deleting, pausing, emptying, hiding from lookupd. */
export function addActionRoutes(api: AdminApi, host: AdminHost): void {
  api.action("POST", "/api/topics", (context) => create(host, context));
  api.action("POST", "/api/topics/:topic", (context) => change(host, context, ""));
  api.action(
    "POST",
    "/api/topics/:topic/:channel",
    (context) => change(host, context, nameParameter(context, "channel")),
  );
  api.action("DELETE", "/api/topics/:topic", (context) => remove(host, context, ""));
  api.action(
    "DELETE",
    "/api/topics/:topic/:channel",
    (context) => remove(host, context, nameParameter(context, "channel")),
  );
  api.action("DELETE", "/api/nodes/:node", (context) => tombstone(host, context));
}

async function create(host: AdminHost, context: RequestContext): Promise<Answer> {
  const { topic, channel } = await bodyFields(context, ["topic", "channel"]);
  checkedName(topic, "topic");
  if (channel !== "") checkedName(channel, "channel");
  const answer = await carryOut(
    host,
    "create topic/channel",
    actions.create(host.cluster, topic, channel),
  );
  notify(host, context, { action: "create_topic", topic });
  if (channel !== "") notify(host, context, { action: "create_channel", topic, channel });
  return answer;
}

async function change(
  host: AdminHost,
  context: RequestContext,
  channel: string,
): Promise<Answer> {
  const topic = nameParameter(context, "topic");
  const given = (await bodyFields(context, ["action"])).action;
  const action = NODE_ACTIONS.find((each) => each === given);
  if (action === undefined) throw new HttpError(400, "INVALID_ACTION");
  if (action === "empty") host.guard?.demand(context, "admin", true);
  const kind = channel === "" ? "topic" : "channel";
  const done = actions.change(host.cluster, action, topic, channel);
  // Told even of an attempt that fails, as the reference does.
  notify(host, context, { action: `${action}_${kind}`, topic, channel });
  return await carryOut(host, `${action} topic/channel`, done);
}

async function remove(
  host: AdminHost,
  context: RequestContext,
  channel: string,
): Promise<Answer> {
  const topic = nameParameter(context, "topic");
  const kind = channel === "" ? "topic" : "channel";
  const answer = await carryOut(
    host,
    `delete ${kind}`,
    actions.remove(host.cluster, topic, channel),
  );
  notify(host, context, { action: `delete_${kind}`, topic, channel });
  return answer;
}

/** @throws HttpError 404 NODE_NOT_FOUND: what a user names is not asked unless the cluster knows it */
async function tombstone(host: AdminHost, context: RequestContext): Promise<Answer> {
  const node = parameter(context, "node");
  const { topic } = await tombstoneBody(context);
  if (!isValidName(topic)) throw new HttpError(400, "INVALID_TOPIC");
  const what = "tombstone node for topic";
  const { value: located, errors } = await upstream(host, what, host.cluster.locate(node));
  if (located === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
  const failed = await actions.tombstone(host.cluster, { name: node, located }, topic);
  notify(host, context, { action: "tombstone_topic_producer", topic, node });
  return { message: warning(host, [...errors, ...failed]) };
}

/** Here, and only here, the reference does not say what is wrong with a body. */
async function tombstoneBody(context: RequestContext): Promise<{ topic: string }> {
  try {
    return await bodyFields(context, ["topic"]);
  } catch (error) {
    throw error instanceof HttpError && error.status === 400
      ? new HttpError(400, "INVALID_BODY", { cause: error })
      : error;
  }
}

async function carryOut(
  host: AdminHost,
  what: string,
  done: Promise<readonly DaemonError[]>,
): Promise<Answer> {
  return { message: warning(host, await upstream(host, what, done)) };
}

function notify(host: AdminHost, context: RequestContext, notice: ActionNotice): void {
  host.notify(notice, context.req.raw, context.env);
}
