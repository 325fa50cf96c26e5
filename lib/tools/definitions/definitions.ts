/** What a cluster is made of, apart from its messages, and the file that it is written to. */

import { UsageError } from "../../cli/usage_error.ts";
import { listOf, numberOf, objectOf, textOf } from "../../cluster/fields.ts";
import type { Value } from "../session/item.ts";
import { isValidName } from "../../wire/names.ts";

/** A channel. */
export type ChannelDefinition = {
  readonly channel: string;
  readonly paused: boolean;
};

/** A topic with its channels. */
export type TopicDefinition = {
  readonly topic: string;
  readonly paused: boolean;
  readonly channels: readonly ChannelDefinition[];
};

/** A policy, as `/policy/put` takes it. */
export type PolicyDefinition = {
  readonly name: string;
  readonly topic: string;
  readonly channel: string;
  readonly priority: number;
  readonly set: { readonly [field: string]: Value };
};

/** Topics, channels, what is paused, and policies. Nothing that is ephemeral: that comes and goes with its consumers. */
export interface Definitions {
  readonly topics: readonly TopicDefinition[];
  readonly policies: readonly PolicyDefinition[];
}

/** Changes when older programs could not read the file any more. */
const FORMAT_VERSION = 1;

/** The text of the file. */
export function definitionsText({ topics, policies }: Definitions): string {
  return JSON.stringify({ nsq_definitions: FORMAT_VERSION, topics, policies }, null, 2);
}

/** Reads a file, or stdin where `path` is `-`. @throws UsageError that says what is wrong with it */
export async function readDefinitions(path: string): Promise<Definitions> {
  let json: unknown;
  try {
    json = JSON.parse(await readText(path));
  } catch (error) {
    throw new UsageError(`cannot read ${path}: ${(error as Error).message}`);
  }
  const version = objectOf(json).nsq_definitions;
  if (version !== FORMAT_VERSION) {
    throw new UsageError(
      `${path} is no file of nsq export: "nsq_definitions" should be ${FORMAT_VERSION}`,
    );
  }
  const { topics, policies } = objectOf(json);
  return {
    topics: listOf(topics).map((each) => topicFrom(objectOf(each), path)),
    policies: listOf(policies).map((each) => policyFrom(objectOf(each))),
  };
}

async function readText(path: string): Promise<string> {
  if (path !== "-") return Deno.readTextFileSync(path);
  let text = "";
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) text += piece;
  return text;
}

function topicFrom(topic: ReturnType<typeof objectOf>, path: string): TopicDefinition {
  return {
    topic: nameIn(topic.topic, path),
    paused: topic.paused === true,
    channels: listOf(topic.channels).map(objectOf).map((channel) => ({
      channel: nameIn(channel.channel, path),
      paused: channel.paused === true,
    })),
  };
}

function nameIn(value: unknown, path: string): string {
  const name = textOf(value);
  if (isValidName(name)) return name;
  throw new UsageError(`${path}: ${JSON.stringify(value)} is no name of a topic or channel`);
}

/** What it says is checked by the brokers. */
export function policyFrom(policy: ReturnType<typeof objectOf>): PolicyDefinition {
  return {
    name: textOf(policy.name),
    topic: textOf(policy.topic),
    channel: textOf(policy.channel) || "*",
    priority: numberOf(policy.priority),
    set: objectOf(policy.set) as PolicyDefinition["set"],
  };
}

/** What a policy says, its fields in one order, whatever order they were written in: the same text for the same policy. */
export function exactly({ topic, channel, priority, set }: PolicyDefinition): string {
  const fields = Object.entries(set).sort(([a], [b]) => a < b ? -1 : 1);
  return JSON.stringify([topic, channel, priority, fields]);
}
