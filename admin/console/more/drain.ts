/** Takes a node out of service: publishers are refused, consumers go on until all is consumed. */
import { listOf, numberOf, objectOf, textOf } from "../../../lib/cluster/fields.ts";
import type { LocatedNode } from "../../../lib/cluster/daemons.ts";
import type { DrainView } from "./contract.ts";
import type { Asking } from "./ask_nodes.ts";

/**
 * How far a node has come with it; null where it has no such call.
 *
 * @throws Error when it does not answer
 */
export async function drainOf(
  daemons: Asking,
  { address }: LocatedNode,
): Promise<DrainView | null> {
  const info = objectOf(await daemons.getJson(address, "/info", {}));
  if (textOf(info.state) === "") return null;
  const drain = objectOf(info.drain);
  const sinceMs = Date.parse(textOf(drain.since)), deadlineMs = Date.parse(textOf(drain.deadline));
  return {
    isDraining: info.drain !== undefined,
    sinceMs: Number.isNaN(sinceMs) ? 0 : sinceMs,
    deadlineMs: Number.isNaN(deadlineMs) ? null : deadlineMs,
    messages: numberOf(drain.message_count),
    remaining: listOf(drain.remaining).map(objectOf).map((each) => ({
      topic: textOf(each.topic),
      channel: textOf(each.channel),
      messages: numberOf(each.depth) + numberOf(each.in_flight_count) +
        numberOf(each.deferred_count),
      waitsFor: textOf(each.waits_for),
    })),
  };
}
