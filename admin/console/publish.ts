/** Publishes a message that somebody wrote on a topic's page. */
import { bareReason } from "../../lib/net/bare_reason.ts";
import type { Cluster } from "../../lib/cluster/cluster.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import type { PublishAnswer, PublishRequest } from "./contract.ts";
import type { ClusterModel } from "./model.ts";

/** More than nsqd takes by default, as JSON makes text longer. */
export const MAX_PUBLISH_BYTES = 8 * 1024 * 1024;

/** @throws HttpError 400 when it is not a request to publish */
export function readPublishRequest(json: Uint8Array): PublishRequest {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(json));
  } catch {
    throw new HttpError(400, "INVALID_BODY");
  }
  const { body, delayMs = 0, node } = (value ?? {}) as Record<string, unknown>;
  if (typeof body !== "string" || body === "") throw new HttpError(400, "INVALID_BODY");
  if (typeof delayMs !== "number" || !Number.isSafeInteger(delayMs) || delayMs < 0) {
    throw new HttpError(400, "INVALID_DELAY");
  }
  if (node === undefined) return { body, delayMs };
  if (typeof node !== "string") throw new HttpError(400, "INVALID_NODE");
  return { body, delayMs, node };
}

/**
 * Publishes through the node that was asked for, or else through one of the topic's, or else
 * through any: nsqd makes the topic.
 *
 * @throws HttpError 404 for a node that is not there, 502 with the node's answer when it refuses
 */
export async function publish(
  cluster: Cluster,
  model: ClusterModel,
  topic: string,
  request: PublishRequest,
): Promise<PublishAnswer> {
  const node = request.node ?? anyNode(model, topic);
  const located = node === undefined ? undefined : (await cluster.locate(node)).value;
  if (node === undefined || located === undefined) throw new HttpError(404, "NODE_NOT_FOUND");
  const defer = request.delayMs === 0 ? undefined : String(request.delayMs);
  const body = new TextEncoder().encode(request.body);
  try {
    await cluster.daemons.command(located.address, "/pub", { topic, defer }, body);
  } catch (error) {
    const message = bareReason(node, (error as Error).message);
    throw new HttpError(502, `UPSTREAM_ERROR: ${node}: ${message}`, { cause: error });
  }
  return { node };
}

function anyNode({ topics, nodes }: ClusterModel, topic: string): string | undefined {
  const first = topics.get(topic)?.parts[0]?.stats.node;
  return first ?? [...nodes.values()].find(({ error }) => error === "")?.name;
}
