/** Messages of a topic or channel as they are, on all its nodes. Looking changes nothing. */
import { listOf, numberOf, objectOf, textOf } from "../../../lib/cluster/fields.ts";
import type { LocatedNode } from "../../../lib/cluster/daemons.ts";
import type { PeekAnswer, PeekedMessage, PeekRequest } from "./contract.ts";
import { type Asking, askNodes } from "./ask_nodes.ts";

/** Of a body so much is shown. */
const MAX_BODY_BYTES = 16 * 1024;

/** Looks at the nodes, `count` messages on each. */
export async function peek(
  daemons: Asking,
  nodes: readonly LocatedNode[],
  { topic, channel, state, offset, count }: PeekRequest,
): Promise<PeekAnswer> {
  const path = channel === undefined ? "/topic/peek" : "/channel/peek";
  const { answers, failed, cannot } = await askNodes(
    nodes,
    (address) =>
      daemons.getJson(address, path, {
        topic,
        channel,
        state,
        offset: String(offset),
        count: String(count),
        max_bytes: String(MAX_BODY_BYTES),
      }),
  );
  const messages = answers.flatMap(({ node, value }) =>
    listOf(objectOf(value).messages).map((each) => messageFrom(each, node))
  );
  const totals = answers.map(({ node, value }) => ({
    node,
    total: numberOf(objectOf(value).total),
  }));
  return {
    messages: messages.sort((a, b) => orderOf(a) - orderOf(b)),
    totals,
    hasMore: totals.some(({ total }) => total > offset + count),
    failed,
    cannot,
  };
}

/** Those that are due come first, then those that were published first. */
function orderOf({ dueMs, publishedMs }: PeekedMessage): number {
  return dueMs ?? publishedMs;
}

function messageFrom(value: unknown, node: string): PeekedMessage {
  const message = objectOf(value);
  const { holder } = message;
  const by = objectOf(holder);
  return {
    node,
    id: textOf(message.id),
    publishedMs: timeOf(message.published) ?? 0,
    attempts: numberOf(message.attempts),
    sizeBytes: numberOf(message.size),
    ...typeof message.body === "string"
      ? { body: message.body }
      : { bodyBase64: textOf(message.body_base64) },
    isCut: message.truncated === true,
    dueMs: timeOf(message.due),
    holder: holder === undefined ? null : [by.client_id, by.hostname, by.remote_address].map(textOf)
      .filter((part, at, all) => part !== "" && all.indexOf(part) === at).join(" "),
    whyDead: textOf(message.why_dead),
    firstDeliveryMs: timeOf(message.first_delivery),
    lastDeliveryMs: timeOf(message.last_delivery),
  };
}

/** ms since 1970 of a time in RFC 3339; null for none. */
function timeOf(value: unknown): number | null {
  const ms = Date.parse(textOf(value));
  return Number.isNaN(ms) ? null : ms;
}
