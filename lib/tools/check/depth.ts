/** `nsq check depth`: is more waiting than should be? */

import { integer } from "../../cli/kind.ts";
import { action } from "../session/action.ts";
import { CHANNEL_WORDS, channelSubject, chosen } from "./channels.ts";
import { checked, type Finding, type Limits, silentFindings, whenAbove } from "./finding.ts";
import { checkLimits, limitTable } from "./thresholds.ts";

const DEFAULTS: Limits = { warning: 10_000, critical: 100_000 };

export const DEPTH = action({
  name: "depth",
  words: CHANNEL_WORDS,
  summary: "Is more waiting in a channel, or in a topic without channels, than should be?\n" +
    "Depths are sums over all brokers. Both words may be patterns.",
  examples: [
    {
      title: "one channel",
      lines: ["nsq check depth orders archive --warning=1000 --critical=50000"],
    },
    {
      title: "every channel of some topics",
      lines: ["nsq check depth 'orders*' --critical=1000000"],
    },
  ],
  table: limitTable(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), DEFAULTS, "above so many"),
  check: (limits) => checkLimits(limits, "above"),
  run: (session, { warning, critical }, words) =>
    checked("depth", async () => {
      const limits = { warning, critical };
      const { topics, channels, errors } = await chosen(session, words);
      const waiting = words[1] === undefined ? topics.filter(({ depth }) => depth > 0) : [];
      const findings = [
        ...channels.map((channel) => depthFinding(channelSubject(channel), channel.depth, limits)),
        ...waiting.map((topic) => depthFinding(topic.topic_name, topic.depth, limits)),
      ];
      const deepest = Math.max(0, ...findings.map(({ value = 0 }) => value));
      const well = `at most ${deepest.toLocaleString("en-US")} waiting`;
      return { findings: [...findings, ...silentFindings(errors)], well: well };
    }),
});

function depthFinding(subject: string, depth: number, limits: Limits): Finding {
  const message = `${depth.toLocaleString("en-US")} waiting`;
  return { status: whenAbove(depth, limits), subject, message, value: depth, limits };
}
