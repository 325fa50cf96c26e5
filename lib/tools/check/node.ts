/** `nsq check node`: is a broker up and well? */

import { gather } from "../../cluster/answer.ts";
import { numberOf, objectOf, textOf } from "../../cluster/fields.ts";
import { nodeName } from "../../cluster/node.ts";
import { clusterWith } from "../node/find.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import type { Session } from "../session/session.ts";
import { checked, CRITICAL, type Finding, OK, WARNING } from "./finding.ts";

export const NODE = action({
  name: "node",
  words: "[NODE]",
  summary: "Is a broker up and well? All of them without NODE. One that is draining is a warning.",
  examples: [
    {
      title: "a container's health check",
      lines: ["nsq check node --nsqd-http-address=127.0.0.1:4151"],
    },
    { title: "every broker that a lookupd knows", lines: ["nsq check node"] },
  ],
  table: {},
  run: (session, _options, [name]) =>
    checked("node", async () => {
      const cluster = await clusterWith(session.cluster, name);
      const findings = cluster.hasLookupd || name !== undefined && !cluster.nsqd.includes(name)
        ? await findingsOf({ cluster }, name)
        : await Promise.all((name === undefined ? cluster.nsqd : [name]).map((address) =>
          healthOf({ cluster }, address, address)
        ));
      return { findings: findings, well: `${counted(findings.length, "broker")} well` };
    }),
});

async function findingsOf({ cluster }: Pick<Session, "cluster">, name: string | undefined) {
  const { value, errors } = await cluster.everyNode();
  const nodes = value.filter(({ node, address }) =>
    name === undefined || nodeName(node) === name || address === name || node.hostname === name
  );
  if (nodes.length === 0 && name !== undefined) {
    const message = cluster.hasLookupd ? "no lookupd knows it" : "is none of the brokers asked";
    return [{ status: CRITICAL, subject: name, message }] as Finding[];
  }
  const all = await Promise.all(
    nodes.map(({ address, node }) => healthOf({ cluster }, address, nodeName(node))),
  );
  const silent = errors
    .map(({ address, message }): Finding => ({ status: WARNING, subject: address, message }));
  return name === undefined ? [...all, ...silent] : all;
}

async function healthOf(
  { cluster }: Pick<Session, "cluster">,
  address: string,
  subject: string,
): Promise<Finding> {
  const { value, errors } = await gather([address], (each) => each, async (each) => {
    await cluster.daemons.ping(each);
    return await cluster.daemons.ask(each, "/info");
  });
  const [said] = value;
  if (said === undefined) return { status: CRITICAL, subject, message: errors[0]!.message };
  const { state, drain } = objectOf(said.value);
  if (textOf(state) === "draining") {
    const left = counted(numberOf(objectOf(drain).message_count), "message");
    return { status: WARNING, subject, message: `is draining: ${left} to go` };
  }
  return { status: OK, subject, message: "well" };
}
