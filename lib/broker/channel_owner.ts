import type { TopicJournal } from "./durable/topic_journal.ts";
import type { Log } from "./log.ts";

/** What a channel asks of its topic. */
export interface ChannelOwner {
  readonly name: string;
  readonly log: Log;
  /** Null unless the topic is durable. */
  readonly journal: TopicJournal | null;
  /** A message was queued again, so that memory is full sooner. */
  onQueuedAgain(): void;
  /** The last consumer of an ephemeral channel left. */
  onAbandoned(channel: { readonly name: string }): void;
}
