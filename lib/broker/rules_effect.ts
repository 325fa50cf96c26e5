import type { ChannelRules } from "../policies/rules.ts";
import type { Peeked, PeekRequest } from "./peek/collector.ts";

const NS_PER_MS = 1_000_000n;

/** What other rules would do to what is there, as the HTTP API shows it. */
export interface RulesEffect {
  /** Names of the topics they would be for, sorted. */
  topics: string[];
  channels: { topic: string; channel: string }[];
  /** Messages that would be gone at once; about, where old ones and new ones wait mixed. */
  would_drop: number;
  /** Messages that would be dead at once, as {@link would_drop}. */
  would_dead_letter: number;
  /** Topics that would be durable, or not any more, only from the next start of the broker on. */
  at_next_start: string[];
}

/** A channel whose rules may change. */
interface RuledChannel {
  readonly ephemeral: boolean;
  readonly depth: number;
  readonly bodyBytes: number;
  /** Messages that would be gone with the channel, as nobody consumes it. */
  lostWhenIdle(rules: ChannelRules): number;
  readonly messages: { peek(state: "queued", request: PeekRequest): Promise<Peeked> };
}

/** How many of the messages that wait in `channel` would go at once under `rules`, which take them off at its oldest end. @throws what reading a disk throws */
export async function effectOn(
  channel: RuledChannel,
  rules: ChannelRules,
  unixMs: number,
): Promise<{ drop: number; deadLetter: number }> {
  const lost = channel.lostWhenIdle(rules);
  if (lost > 0) return { drop: lost, deadLetter: 0 };
  const expired = await olderThan(channel, unixMs - rules.maxAgeMs);
  const surplus = rules.overflow === "reject"
    ? 0
    : Math.max(0, surplusOf(channel, rules) - expired);
  const { kind } = rules.deadLetter;
  const isLost = kind === "drop" || kind === "bury" && channel.ephemeral;
  const isDropped = (fate: string) => fate !== "dead_letter" || isLost;
  const drop = (isDropped(rules.expired) ? expired : 0) + (isDropped(rules.overflow) ? surplus : 0);
  return { drop, deadLetter: expired + surplus - drop };
}

function surplusOf({ depth, bodyBytes }: RuledChannel, rules: ChannelRules): number {
  const surplus = Math.max(0, depth - rules.maxDepth);
  if (bodyBytes <= rules.maxBytes) return surplus;
  return Math.max(surplus, Math.ceil(depth * (bodyBytes - rules.maxBytes) / bodyBytes));
}

/** How many messages at the oldest end were published before `unixMs`: by a search, as the older ones stand in front. */
async function olderThan(channel: RuledChannel, unixMs: number): Promise<number> {
  if (unixMs === -Infinity) return 0;
  const boundNs = BigInt(Math.floor(unixMs)) * NS_PER_MS;
  let low = 0, high = channel.depth;
  while (low < high) {
    const offset = Math.floor((low + high) / 2);
    const { messages } = await channel.messages.peek("queued", {
      offset,
      count: 1,
      maxBytes: 0,
    });
    const isOlder = messages[0] !== undefined && messages[0].publishedNs < boundNs;
    if (isOlder) low = offset + 1;
    else high = offset;
  }
  return low;
}
