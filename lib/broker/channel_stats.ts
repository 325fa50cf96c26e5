import type { LatencyWindow } from "../metrics/latency_window.ts";
import type { ChannelConsumers } from "./channel_consumers.ts";
import type { ChannelStore } from "./channel_store.ts";
import type { BrokerContext } from "./context.ts";
import { type ChannelStats, type ClientStats, latencySummary } from "./stats.ts";
import type { WaitingWatch } from "./waiting_watch.ts";

/** What the statistics of a channel are made of, beside what it says itself. */
interface ChannelParts {
  readonly store: ChannelStore;
  readonly consumers: ChannelConsumers;
  readonly watch: WaitingWatch;
  readonly context: BrokerContext;
}

/** What a channel says of itself. */
interface CountedChannel {
  readonly name: string;
  readonly paused: boolean;
  readonly messageCount: number;
  readonly inFlightCount: number;
  readonly latency: LatencyWindow | null;
  /** Messages that were given up, and are kept aside. */
  readonly dead: { readonly count: number };
}

/** The statistics of one channel, as `/stats` shows them. @param clients null if they were not asked for */
export function channelStats(
  channel: CountedChannel,
  { store, consumers, watch, context }: ChannelParts,
  clients: ClientStats[] | null,
): ChannelStats {
  const { ledger, backlog } = store;
  const [zone, region, global] = ledger.deliveredByLocality;
  return {
    channel_name: channel.name,
    depth: backlog.depth,
    backend_depth: backlog.diskDepth,
    in_flight_count: channel.inFlightCount,
    deferred_count: store.deferredCount,
    message_count: channel.messageCount,
    ...(zone > 0 && { zone_local_msg_count: zone }),
    ...(region > 0 && { region_local_msg_count: region }),
    ...(global > 0 && { global_msg_count: global }),
    requeue_count: ledger.requeuedCount,
    timeout_count: ledger.timedOutCount,
    client_count: consumers.count,
    clients,
    paused: channel.paused,
    e2e_processing_latency: latencySummary([channel], context),
    finish_count: ledger.finishedCount,
    dead_count: channel.dead.count,
    expired_count: ledger.expiredCount,
    rejected_count: ledger.rejectedCount,
    dropped_count: ledger.droppedCount,
    skipped_count: ledger.skippedCount,
    oldest_age_ms: watch.oldestAgeMs(),
    ...consumers.rulesStats(),
  };
}
