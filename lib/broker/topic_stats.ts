import type { Channel } from "./channel.ts";
import type { BrokerContext } from "./context.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";
import type { PublishKeys } from "./publish_keys.ts";
import { type ChannelStats, latencySummary, type TopicStats } from "./stats.ts";
import type { TopicWaiting } from "./waiting.ts";

/** The topic that is told of. */
interface ToldTopic {
  readonly name: string;
  readonly depth: number;
  readonly messageCount: number;
  readonly messageBytes: number;
  readonly paused: boolean;
  readonly channels: ReadonlyMap<string, Channel>;
  readonly journal: TopicJournal | null;
}

/** @param channels what is told of those that were asked for */
export function topicStats(
  topic: ToldTopic,
  channels: ChannelStats[],
  waiting: TopicWaiting,
  keys: PublishKeys | null,
  context: BrokerContext,
): TopicStats {
  return {
    topic_name: topic.name,
    channels,
    depth: topic.depth,
    backend_depth: waiting.diskDepth,
    message_count: topic.messageCount,
    message_bytes: topic.messageBytes,
    paused: topic.paused,
    e2e_processing_latency: latencySummary([...topic.channels.values()], context),
    ...topic.journal?.stats(),
    ...keys?.stats(),
  };
}
