/** `nsq check age`: does a message wait for longer than it should? */

import { duration } from "../../cli/kind.ts";
import type { ChannelStats } from "../../cluster/stats.ts";
import { formatDuration } from "../../go/duration.ts";
import { action } from "../session/action.ts";
import { CHANNEL_WORDS, channelSubject, chosen } from "./channels.ts";
import {
  checked,
  type Finding,
  type Limits,
  silentFindings,
  UNKNOWN,
  whenAbove,
} from "./finding.ts";
import { checkLimits, limitTable } from "./thresholds.ts";

const MINUTE_MS = 60_000;
const DEFAULTS: Limits = { warning: 5 * MINUTE_MS, critical: 60 * MINUTE_MS };

export const AGE = action({
  name: "age",
  words: CHANNEL_WORDS,
  summary:
    "Does the first message of a channel wait for longer than it should? Brokers of this project\n" +
    "tell; of Go's nsqd it is not known. Both words may be patterns.",
  examples: [
    {
      title: "one channel",
      lines: ["nsq check age orders archive --warning=1m --critical=10m"],
    },
    { title: "all channels of a topic", lines: ["nsq check age orders --critical=24h"] },
  ],
  table: limitTable(duration({ min: 0 }), DEFAULTS, "when a message has waited for longer"),
  check: (limits) => checkLimits(limits, "above"),
  run: (session, limits, words) =>
    checked("age", async () => {
      const { channels, errors } = await chosen(session, words);
      const findings = channels.map((channel) => ageFinding(channel, limits));
      const oldest = Math.max(0, ...findings.map(({ value = 0 }) => value));
      const well = `the first has waited for ${formatDuration(oldest * 1000)}`;
      return { findings: [...findings, ...silentFindings(errors)], well: well };
    }),
});

/** How long the oldest message of a channel has waited, on any of its nodes; in whole seconds. */
function ageFinding(channel: ChannelStats, { warning, critical }: Limits): Finding {
  const subject = channelSubject(channel);
  const nodes = (channel.nodes ?? [channel]).filter(({ depth }) => depth > 0);
  const silent = nodes.find(({ oldest_age_ms }) => oldest_age_ms === undefined);
  if (silent !== undefined) {
    const message = `age not known: ${silent.node} is Go's nsqd, or older than this program`;
    return { status: UNKNOWN, subject, message };
  }
  const ms = Math.max(0, ...nodes.map(({ oldest_age_ms = 0 }) => oldest_age_ms));
  return {
    status: whenAbove(ms, { warning, critical }),
    subject,
    message: `the first has waited for ${formatDuration(Math.floor(ms / 1000) * 1000)}`,
    value: Math.floor(ms / 1000),
    unit: "s",
    limits: { warning: warning / 1000, critical: critical / 1000 },
  };
}
