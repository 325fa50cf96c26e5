/** What keys do to the cluster: pause, empty, look at messages. */

import { change } from "../../cluster/actions.ts";
import { describeErrors } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import { listOf, numberOf, objectOf, textOf } from "../../cluster/fields.ts";
import { visible } from "../../log/visible.ts";
import { nodesOf } from "../session/acting.ts";
import { askEach } from "../session/every_node.ts";
import type { Figures } from "./figures.ts";

const PEEKED_COUNT = "100";
const PEEKED_BODY_BYTES = "2000";

/** A topic, or a channel of it. */
export interface Thing {
  readonly topic: string;
  /** "" for the topic itself. */
  readonly channel: string;
  readonly isPaused: boolean;
  /** Messages that emptying it loses, as far as the figures tell. */
  readonly messages: number;
}

/** The topic or channel that a row is about; undefined for a node. */
export function thingOf(row: Figures | undefined): Thing | undefined {
  if (row === undefined || typeof row.topic !== "string") return undefined;
  const channel = typeof row.channel === "string" ? row.channel : "";
  const { depth, deferred } = row, inFlight = channel === "" ? 0 : row["in-flight"];
  return {
    topic: row.topic,
    channel,
    isPaused: row.state === "paused",
    messages: Number(depth ?? 0) + Number(deferred ?? 0) + Number(inFlight ?? 0),
  };
}

/** What it is called, for people. */
export function nameOf({ topic, channel }: Thing): string {
  return channel === "" ? `topic ${topic}` : `channel ${topic}/${channel}`;
}

/** Pauses it, or lets it go on. Gives a sentence that tells what came of it. */
export async function togglePause(cluster: Cluster, thing: Thing): Promise<string> {
  const verb = thing.isPaused ? "unpause" : "pause";
  return await told(change(cluster, verb, thing.topic, thing.channel), `${verb}d ${nameOf(thing)}`);
}

/** Throws its messages away. Gives a sentence that tells what came of it. */
export async function empty(cluster: Cluster, thing: Thing): Promise<string> {
  return await told(
    change(cluster, "empty", thing.topic, thing.channel),
    `emptied ${nameOf(thing)}`,
  );
}

async function told(doing: ReturnType<typeof change>, done: string): Promise<string> {
  try {
    const errors = await doing;
    return errors.length === 0 ? done : `${done}, but not on ${describeErrors(errors)}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The next messages of a topic or channel, a line each. */
export async function peekLines(cluster: Cluster, { topic, channel }: Thing): Promise<string[]> {
  const path = channel === "" ? "/topic/peek" : "/channel/peek";
  const parameters = { topic, channel, count: PEEKED_COUNT, max_bytes: PEEKED_BODY_BYTES };
  try {
    const nodes = await nodesOf(cluster, topic);
    const { value, errors } = await askEach(cluster, nodes, path, parameters);
    const messages = value.flatMap((said) => listOf(objectOf(said.value).messages)).map(objectOf)
      .sort((a, b) => textOf(a.published) < textOf(b.published) ? -1 : 1);
    return [
      ...messages.map(messageLine),
      ...messages.length === 0 && errors.length === 0 ? ["nothing is queued"] : [],
      ...errors.map(({ address, message }) => visible(`${address} ${message}`)),
    ];
  } catch (error) {
    return [visible((error as Error).message)];
  }
}

function messageLine(message: ReturnType<typeof objectOf>): string {
  const { id, published, attempts, body, body_base64 } = message;
  const text = typeof body === "string" ? body : `base64 ${textOf(body_base64)}`;
  const time = textOf(published).slice(0, 23).replace("T", " ");
  return visible(`${textOf(id)}  ${time}  ${String(numberOf(attempts)).padStart(3)}  ${text}`);
}
