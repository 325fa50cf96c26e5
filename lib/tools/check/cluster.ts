/** `nsq check cluster`: do lookupds and brokers agree, and are they all there? */

import { integer } from "../../cli/kind.ts";
import { inGroup } from "../../cli/option_table.ts";
import { nodeName } from "../../cluster/node.ts";
import type { ClusterSnapshot } from "../../cluster/snapshot.ts";
import { action } from "../session/action.ts";
import { counted } from "../session/found.ts";
import { checked, CRITICAL, type Finding, OK, WARNING } from "./finding.ts";

const thresholds = inGroup("Thresholds");

export const CLUSTER = action({
  name: "cluster",
  words: "",
  summary:
    "Is every lookupd and every broker there, do the lookupds agree, and are the brokers well?\n" +
    "A lookupd that is missing is a warning while another one answers.",
  examples: [
    { title: "as the lookupds see it", lines: ["nsq check cluster"] },
    {
      title: "one broker at least should be there",
      lines: ["nsq check cluster --nodes=1 --lookupd-http-address=127.0.0.1:4161"],
    },
  ],
  table: {
    nodes: thresholds("nodes", integer({ min: 0, max: 100_000 }), 0, "critical with fewer brokers"),
  },
  run: ({ cluster }, { nodes }) =>
    checked("cluster", async () => {
      const snapshot = await cluster.snapshot({ topic: " none" });
      const findings = [
        ...lookupdFindings(snapshot),
        ...nodeFindings(snapshot),
        ...missing(snapshot, nodes),
      ];
      const well = [
        counted(snapshot.lookupds.length, "lookupd"),
        counted(snapshot.nodes.length, "broker"),
      ].join(", ");
      return { findings: findings, well: well };
    }),
});

function lookupdFindings({ lookupds, errors }: ClusterSnapshot): Finding[] {
  const isAnyThere = lookupds.some(({ nodes }) => nodes !== null);
  const known = new Set(lookupds.flatMap(({ nodes }) => nodes ?? []));
  return lookupds.map(({ address, nodes }): Finding => {
    const subject = `lookupd ${address}`;
    if (nodes === null) {
      const message = errors.find((error) => error.address === address)?.message ?? "no answer";
      return { status: isAnyThere ? WARNING : CRITICAL, subject, message };
    }
    const unknown = [...known].filter((name) => !nodes.includes(name));
    if (unknown.length === 0) return { status: OK, subject, message: "well" };
    return { status: WARNING, subject, message: `does not know ${unknown.join(", ")}` };
  });
}

function nodeFindings({ lookupds, nodes, addresses, health, errors }: ClusterSnapshot): Finding[] {
  const names = nodes.map(nodeName);
  const found = names.map((subject): Finding => {
    const said = health.find(({ node }) => node === subject);
    if (said?.health === "OK") return { status: OK, subject, message: "well" };
    const address = addresses.get(subject);
    const error = errors.find((each) => each.address === address)?.message;
    return { status: CRITICAL, subject, message: said?.health ?? error ?? "no answer" };
  });
  // Without a lookupd, who does not answer is not even a node.
  const known = new Set([...addresses.values(), ...lookupds.map(({ address }) => address)]);
  const silent = errors.filter(({ address }) => !known.has(address))
    .map(({ address, message }): Finding => ({ status: CRITICAL, subject: address, message }));
  return [...found, ...silent];
}

function missing({ health }: ClusterSnapshot, wanted: number): Finding[] {
  if (health.length >= wanted) return [];
  const message = `${counted(health.length, "broker")} of ${wanted}`;
  return [{ status: CRITICAL, subject: "brokers", message, value: health.length }];
}
