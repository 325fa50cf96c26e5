/** `nsq check consumers`: does somebody consume? */

import { integer } from "../../cli/kind.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import { CHANNEL_WORDS, channelSubject, chosen } from "./channels.ts";
import { checked, type Limits, silentFindings, whenBelow } from "./finding.ts";
import { checkLimits, limitTable } from "./thresholds.ts";

const DEFAULTS: Limits = { warning: 1, critical: 1 };

export const CONSUMERS = action({
  name: "consumers",
  words: CHANNEL_WORDS,
  summary:
    "Has a channel as many consumers as it should have? A consumer that is connected to several\n" +
    "brokers counts once for each. Both words may be patterns.",
  examples: [
    { title: "at least one", lines: ["nsq check consumers orders archive"] },
    {
      title: "three are usual, none is a catastrophe",
      lines: ["nsq check consumers orders archive --warning=3 --critical=1"],
    },
  ],
  table: limitTable(integer({ min: 0, max: 1_000_000 }), DEFAULTS, "with fewer than so many"),
  check: (limits) => checkLimits(limits, "below"),
  run: (session, { warning, critical }, words) =>
    checked("consumers", async () => {
      const limits = { warning, critical };
      const { channels, errors } = await chosen(session, words);
      const findings = channels.map((channel) => ({
        status: whenBelow(channel.client_count, limits),
        subject: channelSubject(channel),
        message: counted(channel.client_count, "consumer"),
        value: channel.client_count,
        limits,
      }));
      const fewest = Math.min(...findings.map(({ value }) => value));
      const well = `at least ${counted(fewest, "consumer")}`;
      return { findings: [...findings, ...silentFindings(errors)], well: well };
    }),
});
