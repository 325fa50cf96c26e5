/** `nsq check dead`: are there dead messages that nobody has looked after? */

import { integer } from "../../cli/kind.ts";
import { action } from "../session/action.ts";
import { deadOf } from "../session/found.ts";
import { CHANNEL_WORDS, channelSubject, chosen } from "./channels.ts";
import { checked, type Finding, type Limits, silentFindings, whenAbove } from "./finding.ts";
import { checkLimits, limitTable } from "./thresholds.ts";

const DEFAULTS: Limits = { warning: 0, critical: 1_000 };

/** Here a limit of 0 is one, and is shown. */
const count = { ...integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), format: String };

export const DEAD = action({
  name: "dead",
  words: CHANNEL_WORDS,
  summary:
    "Are there more dead messages in a channel than should be? Counts are sums over all brokers.\n" +
    "Both words may be patterns. What to do with them: nsq message ls --state=dead, nsq message kick.",
  examples: [
    { title: "one channel", lines: ["nsq check dead orders archive"] },
    {
      title: "every channel, where some may be",
      lines: ["nsq check dead --warning=10 --critical=5000"],
    },
  ],
  table: limitTable(count, DEFAULTS, "above so many"),
  check: (limits) => checkLimits(limits, "above"),
  run: (session, { warning, critical }, words) =>
    checked("dead", async () => {
      const { channels, errors } = await chosen(session, words);
      const findings = channels.map((channel): Finding => {
        const dead = deadOf(channel) ?? 0, limits = { warning, critical };
        const message = `${dead.toLocaleString("en-US")} dead`;
        const subject = channelSubject(channel);
        return { status: whenAbove(dead, limits), subject, message, value: dead, limits };
      });
      const most = Math.max(0, ...findings.map(({ value = 0 }) => value));
      const well = most === 0 ? "none dead" : `at most ${most.toLocaleString("en-US")} dead`;
      return { findings: [...findings, ...silentFindings(errors)], well };
    }),
});
