import type { ChannelStats } from "../../cluster/stats.ts";

/** What a row is made of: a channel over all its nodes, now and at the row before. */
export interface Row {
  readonly stats: ChannelStats;
  readonly last: ChannelStats;
  readonly elapsedMs: number;
}

/** Widths of the columns, as in nsq_stat; groups are set apart by a bar. */
const WIDTHS = [[7, 7], [7, 7, 7, 5, 5], [7, 7, 12, 7]];
const NAMES = [
  ["ingress", "egress"],
  ["total", "mem", "disk", "inflt", "def"],
  ["req", "t-o", "msgs", "clients"],
];

export const HEADER_LINES: readonly string[] = [
  "------rate------+----------------depth----------------+--------------metadata---------------",
  layOut(NAMES),
];

/** A row of the table. */
export function rowLine(row: Row): string {
  const { stats } = row;
  const { ingress, egress } = rates(row);
  return layOut([
    [ingress, egress],
    [
      stats.depth,
      stats.memory_depth,
      stats.backend_depth,
      stats.in_flight_count,
      stats.deferred_count,
    ],
    [stats.requeue_count, stats.timeout_count, stats.message_count, stats.client_count],
  ]);
}

/** The same as JSON. Rates are messages per second. */
export function rowJson(row: Row, date: Date): string {
  const { stats } = row;
  return JSON.stringify({
    time: date.toISOString(),
    topic: stats.topic_name,
    channel: stats.channel_name,
    ...rates(row),
    depth: stats.depth,
    memory_depth: stats.memory_depth,
    backend_depth: stats.backend_depth,
    in_flight_count: stats.in_flight_count,
    deferred_count: stats.deferred_count,
    requeue_count: stats.requeue_count,
    timeout_count: stats.timeout_count,
    message_count: stats.message_count,
    client_count: stats.client_count,
    paused: stats.paused,
  });
}

/** A node that was away at the row before, or has restarted since, would look like a burst: it waits for the next row. */
function rates({ stats, last, elapsedMs }: Row): { ingress: number; egress: number } {
  const before = new Map((last.nodes ?? []).map((node) => [node.node, node]));
  let published = 0, taken = 0;
  for (const { node, message_count, depth } of stats.nodes ?? []) {
    const then = before.get(node);
    if (then === undefined || message_count < then.message_count) continue;
    published += message_count - then.message_count;
    taken += message_count - then.message_count - (depth - then.depth);
  }
  const perSecond = (count: number) => Math.round(count * 1000 / elapsedMs) + 0; // no -0
  return { ingress: perSecond(published), egress: perSecond(taken) };
}

function layOut(groups: readonly (readonly (string | number)[])[]): string {
  return groups.map((cells, group) =>
    cells.map((cell, at) => String(cell).padStart(WIDTHS[group]![at]!)).join(" ")
  ).join(" | ");
}
