/** Looks at a channel again and again, and prints what has changed. */

import { aggregateChannel } from "../../cluster/aggregate.ts";
import { describeErrors, saysTopicUnknown, UpstreamError } from "../../cluster/answer.ts";
import type { Cluster } from "../../cluster/cluster.ts";
import type { ChannelStats } from "../../cluster/stats.ts";
import { wait } from "../../wait.ts";
import type { StatOptions } from "./options.ts";
import { HEADER_LINES, rowJson, rowLine } from "./row.ts";

/** The outside world. */
export interface StatEnvironment {
  readonly cluster: Cluster;
  /** Aborted: the end. */
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
  readonly warn: (line: string) => void;
  /** Milliseconds since whenever. */
  readonly nowMs: () => number;
  readonly date: () => Date;
}

/** The header is repeated after as many rows as a screen has. */
const ROWS_PER_HEADER = 25;

interface Look {
  readonly stats: ChannelStats;
  readonly atMs: number;
}

/** Resolves when `count` rows are printed, or at the signal. @throws Error when the channel cannot be seen */
export async function reportUntilStopped(
  options: StatOptions,
  environment: StatEnvironment,
): Promise<void> {
  const { count = Infinity, intervalMs, json } = options;
  const { signal, print, nowMs, date } = environment;
  const warnings = new Set<string>();
  let last: Look | undefined;
  for (let round = 0; round <= count; round++) {
    const stats = await look(options, environment, warnings);
    const now: Look = { stats, atMs: nowMs() };
    if (!json && round % ROWS_PER_HEADER === 0) HEADER_LINES.forEach(print);
    if (last !== undefined) {
      const row = { stats, last: last.stats, elapsedMs: now.atMs - last.atMs };
      print(json ? rowJson(row, date()) : rowLine(row));
    }
    last = now;
    if (round === count || !await wait(intervalMs, signal)) return;
  }
}

async function look(
  { topic, channel }: StatOptions,
  { cluster, warn }: StatEnvironment,
  warnings: Set<string>,
): Promise<ChannelStats> {
  const { value, errors } = await cluster.topicStats(topic, { channel }).catch((error) => {
    throw error instanceof UpstreamError ? unknownTopic(topic, error) ?? error : error;
  });
  const text = describeErrors(errors);
  if (text !== "" && !warnings.has(text)) {
    warnings.add(text);
    warn(`goes on without ${text.replaceAll("\n", "; ")}`);
  }
  const parts = value.flatMap(({ channels }) => channels ?? [])
    .filter(({ channel_name }) => channel_name === channel);
  if (parts.length === 0) {
    throw new Error(`failed to find channel(${channel}) in stats metadata for topic(${topic})`);
  }
  return aggregateChannel(parts);
}

/** What to say where the daemons that answered do not know the topic; undefined where nobody answered. */
function unknownTopic(topic: string, error: UpstreamError): Error | undefined {
  const { errors } = error;
  const silent = errors.filter((each) => !saysTopicUnknown(each));
  if (errors.length > 0 && silent.length === errors.length) return undefined;
  const who = errors.length === 0 ? "nsqd has" : "lookupd knows";
  const besides = silent.length === 0
    ? ""
    : ` (no answer from ${describeErrors(silent).replaceAll("\n", "; ")})`;
  return new Error(`no ${who} topic(${topic})${besides}`, { cause: error });
}
