/** What the lookupds know, and what of it nobody has any more. */
import type { Cluster } from "../../lib/cluster/cluster.ts";
import type { Collector, Look } from "./collector.ts";
import type { Envelope, LookupView } from "./contract.ts";

/** Inactive topics that are listed: each costs the lookupds a question. */
const MAX_INACTIVE = 200;

/** Topics that lookupd lists and no node has, with the channels that lookupd has for them. */
export async function lookupView(
  look: Look,
  { cluster, collector }: { cluster: Cluster; collector: Pick<Collector, "lastListing"> },
  envelope: Envelope,
): Promise<LookupView> {
  const { lookupds, errors, nodes } = look.model.snapshot;
  const produced = new Set(nodes.flatMap(({ topics }) => topics ?? []).map(({ topic }) => topic));
  const inactive = [...look.model.topics.values()]
    .filter(({ name, parts, lost }) =>
      parts.length === 0 && lost.length === 0 && !produced.has(name)
    );
  const warnings = [...envelope.warnings];
  const listed = await Promise.all(
    inactive.slice(0, MAX_INACTIVE).map(async ({ name }) => {
      try {
        return { topic: name, channels: (await cluster.topicChannels(name)).value };
      } catch (error) {
        warnings.push((error as Error).message);
        return { topic: name, channels: [] };
      }
    }),
  );
  return {
    ...envelope,
    warnings: [...new Set(warnings)],
    lookupds: lookupds.map(({ address }) => {
      const last = collector.lastListing(address);
      return {
        address,
        error: errors.find((error) => error.address === address)?.message ?? "",
        nodes: last?.nodes.length ?? null,
        topics: last?.topics.length ?? null,
        answeredAtMs: last?.atMs ?? 0,
      };
    }),
    inactive: listed,
    inactiveCount: inactive.length,
  };
}
