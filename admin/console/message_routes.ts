/** `POST /api/console/…`: messages in and out. All else that changes something is in nsqadmin's API. */
import { joinHostPort } from "../../lib/cli/host_port.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { readBody } from "../../lib/http/body.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { AdminApi } from "../admin_api.ts";
import type { AdminHost } from "../host.ts";
import type { Collector, Look } from "./collector.ts";
import { MAX_PUBLISH_BYTES, publish, readPublishRequest } from "./publish.ts";
import type { Tails } from "./tail.ts";

/** Adds publishing and the live tail. */
export function addMessageRoutes(
  api: AdminApi,
  { cluster, logger }: AdminHost,
  collector: Collector,
  tails: Tails,
): void {
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
    const nsqd = tcpAddresses(await collector.current(), topic);
    if (nsqd.length === 0) throw new HttpError(404, "TOPIC_NOT_FOUND");
    const channel = `console-${crypto.randomUUID().slice(0, 8)}#ephemeral`;
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

/** Where consumers of the topic connect: the nodes that have it and answer. */
function tcpAddresses({ model }: Look, topic: string): string[] {
  return (model.topics.get(topic)?.parts ?? []).flatMap(({ stats }) => {
    const node = model.nodes.get(stats.node)?.node;
    return node === undefined ? [] : [joinHostPort(node.broadcast_address, node.tcp_port)];
  });
}
