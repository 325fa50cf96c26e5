/** `POST /api/console/…`: messages in and out. All else that changes something is in nsqadmin's API. */
import { joinHostPort } from "../../lib/net/host_port.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { readBody } from "../../lib/http/body.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import type { TopicStats } from "../../lib/cluster/stats.ts";
import { upstream } from "../api/answers.ts";
import type { Collector } from "./collector.ts";
import type { ClusterModel } from "./model.ts";
import { MAX_PUBLISH_BYTES, publish, readPublishRequest } from "./publish.ts";
import type { Tails } from "./tail.ts";
import { isTailChannel, newTailChannel } from "./tail_channel.ts";

const NO_CHANNEL =
  "NO_CHANNEL: a tail would take the messages that wait for the topic's first channel";

/** Adds publishing and the live tail: both are for those who may change things, see `AdminApi.action`. */
export function addMessageRoutes(
  api: AdminApi,
  host: AdminHost,
  collector: Collector,
  tails: Tails,
): void {
  const { cluster, logger } = host;
  api.action("POST", "/api/console/topics/:topic/publish", async (context) => {
    const topic = topicOf(context);
    const request = readPublishRequest(await readBody(context.req.raw, MAX_PUBLISH_BYTES));
    const { model } = await collector.current();
    const answer = await publish(cluster, model, topic, request);
    logger.info(`console: published to ${topic} through ${answer.node}`);
    return answer;
  });
  api.action("POST", "/api/console/topics/:topic/tail", async (context) => {
    const topic = topicOf(context);
    if (tails.isFull) throw new HttpError(429, "TOO_MANY_TAILS");
    const { model } = await collector.current();
    if (!model.topics.get(topic)?.parts.length) throw new HttpError(404, "TOPIC_NOT_FOUND");
    const { value } = await upstream(host, "get topic", cluster.topicStats(topic));
    const nsqd = tailedNodes(model, value);
    if (nsqd.length === 0) throw new HttpError(409, NO_CHANNEL);
    const channel = newTailChannel();
    // "no-transform": a compressor would hold lines back.
    const headers = {
      "Content-Type": "application/x-ndjson",
      "Cache-Control": "no-store, no-transform",
    };
    return new Response(tails.start({ topic, channel, nsqd }), { headers });
  });
}

function topicOf(context: RequestContext): string {
  const topic = context.req.param("topic")!;
  if (!isValidName(topic)) throw new HttpError(400, "INVALID_TOPIC");
  return topic;
}

/**
 * Where a tail of the topic may connect: the nodes that answer and on which somebody else has a
 * channel. Elsewhere the topic keeps its messages for its first channel, which must not be a tail.
 */
function tailedNodes({ nodes }: ClusterModel, topics: readonly TopicStats[]): string[] {
  return topics.flatMap((stats) => {
    const node = nodes.get(stats.node)?.node;
    const isSafe = stats.channels?.some(({ channel_name }) => !isTailChannel(channel_name));
    if (node === undefined || !isSafe) return [];
    return [joinHostPort(node.broadcast_address, node.tcp_port)];
  });
}
