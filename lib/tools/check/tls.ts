/** `nsq check tls`: does a certificate run out? */

import { integer } from "../../cli/kind.ts";
import { boolean } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { counted } from "../session/found.ts";
import { localAction } from "../session/action.ts";
import { certificateAt, certificateOf } from "./certificate.ts";
import { checked, CRITICAL, type Finding, type Limits, whenBelow } from "./finding.ts";
import { checkLimits, limitTable } from "./thresholds.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULTS: Limits = { warning: 30, critical: 7 };

export const TLS = localAction({
  name: "tls",
  words: "ADDRESS...",
  summary:
    "Does a certificate run out within so many days? ADDRESS is the host:port of an HTTPS server,\n" +
    "or the path of a PEM file. Whether the certificate is trusted is not looked at.",
  examples: [
    {
      title: "a file, before the broker reads it",
      lines: ["nsq check tls ./cert.pem --warning=14"],
    },
    {
      title: "what a broker shows on its TCP port",
      lines: ["nsq check tls 127.0.0.1:5150 --nsqd-tcp || echo renew it"],
    },
  ],
  table: {
    ...limitTable(integer({ min: 0, max: 36_500 }), DEFAULTS, "with fewer days left"),
    nsqdTcp: inGroup("General")(
      "nsqd-tcp",
      boolean(),
      false,
      "ADDRESS is the TCP port of a broker, where TLS begins after IDENTIFY",
    ),
  },
  check: (limits) => checkLimits(limits, "below"),
  run: (_user, { warning, critical, nsqdTcp }, addresses) =>
    checked("tls", async () => {
      const findings = await Promise.all(
        addresses.map((address) => tlsFinding(address, nsqdTcp, { warning, critical })),
      );
      const fewest = Math.min(...findings.map(({ value = 0 }) => value));
      return { findings: findings, well: `${counted(fewest, "day")} left at least` };
    }),
});

async function tlsFinding(address: string, nsqdTcp: boolean, limits: Limits): Promise<Finding> {
  try {
    const { validTo, subject } = address.includes("/")
      ? certificateOf(address)
      : await certificateAt(address, nsqdTcp);
    const days = Math.floor((validTo.getTime() - Date.now()) / DAY_MS);
    const until = validTo.toISOString().slice(0, 10);
    const message = days < 0
      ? `certificate of ${subject} ran out on ${until}`
      : `certificate of ${subject} runs out on ${until}, in ${counted(days, "day")}`;
    return { status: whenBelow(days, limits), subject: address, message, value: days, limits };
  } catch (error) {
    return { status: CRITICAL, subject: address, message: (error as Error).message };
  }
}
