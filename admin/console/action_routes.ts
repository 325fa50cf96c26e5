/** `POST /api/console/actions`: what the pages do, and to forget a node. Both are for admins. */
import { readBody } from "../../lib/http/body.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { AdminApi } from "../admin_api.ts";
import { MAX_BODY_BYTES } from "../api/answers.ts";
import type { AdminHost } from "../host.ts";
import type { ActionNotice } from "../notifier.ts";
import { carryOut } from "./carry_out.ts";
import type { Collector } from "./collector.ts";
import type { ActionRequest, Deed } from "./contract.ts";

const DEEDS: readonly Deed[] = ["create", "pause", "unpause", "empty", "delete", "tombstone"];

/** What messages are lost by. */
const DESTRUCTIVE: readonly Deed[] = ["empty", "delete", "tombstone"];

/** Adds the routes of what changes topics and channels. */
export function addConsoleActionRoutes(
  api: AdminApi,
  host: AdminHost,
  collector: Collector,
): void {
  api.action("POST", "/api/console/actions", async (context) => {
    const { req, env } = context;
    const body = await readBody(req.raw, MAX_BODY_BYTES);
    const request = readActionRequest(body.subarray(0, MAX_BODY_BYTES));
    if (DESTRUCTIVE.includes(request.deed)) host.guard?.demand(context, "admin", false);
    const { model } = await collector.current();
    const answer = await carryOut(host.cluster, model, request);
    for (const notice of noticesOf(request)) host.notify(notice, req.raw, env);
    for (const { at, reason } of answer.failed) {
      host.logger.warn(`console: failed to ${request.deed} on ${at} - ${reason}`);
    }
    return { ...answer };
  });
  api.action("DELETE", "/api/console/nodes/:node", ({ req }) => {
    collector.forget(req.param("node")!);
    return {};
  });
}

/** @throws HttpError 400 when it is not a request for something that can be done */
function readActionRequest(json: Uint8Array): ActionRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch (error) {
    throw new HttpError(400, "INVALID_BODY", { cause: error });
  }
  const { deed, topic, channel, node, only } = (value ?? {}) as Record<string, unknown>;
  const known = DEEDS.find((each) => each === deed);
  if (known === undefined) throw new HttpError(400, "INVALID_ACTION");
  if (typeof topic !== "string" || !isValidName(topic)) throw new HttpError(400, "INVALID_TOPIC");
  const request: ActionRequest = { deed: known, topic };
  if (channel !== undefined) {
    if (typeof channel !== "string" || !isValidName(channel) || known === "tombstone") {
      throw new HttpError(400, "INVALID_CHANNEL");
    }
    request.channel = channel;
  }
  if ((known === "tombstone") !== (typeof node === "string")) {
    throw new HttpError(400, "INVALID_NODE");
  }
  if (typeof node === "string") request.node = node;
  if (only !== undefined) {
    if (!Array.isArray(only) || only.some((each) => typeof each !== "string")) {
      throw new HttpError(400, "INVALID_ONLY");
    }
    request.only = only;
  }
  return request;
}

/** What `--notification-http-endpoint` is told, as nsqadmin tells it. */
function noticesOf({ deed, topic, channel = "", node }: ActionRequest): ActionNotice[] {
  if (deed === "tombstone") {
    return [{ action: "tombstone_topic_producer", topic, node: node ?? "" }];
  }
  if (deed === "create") {
    const notice: ActionNotice = { action: "create_topic", topic };
    return channel === "" ? [notice] : [notice, { action: "create_channel", topic, channel }];
  }
  return [{ action: `${deed}_${channel === "" ? "topic" : "channel"}`, topic, channel }];
}
