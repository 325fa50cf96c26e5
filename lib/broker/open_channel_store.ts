import type { ChannelOwner } from "./channel_owner.ts";
import type { ChannelStore } from "./channel_store.ts";
import type { ComingBack } from "./coming_back.ts";
import type { BrokerContext } from "./context.ts";
import { JournaledChannel } from "./durable/journaled_channel.ts";
import { QueuedChannel } from "./queued_channel.ts";

/** The channel whose messages are kept. */
interface StoredChannel {
  readonly name: string;
  readonly ephemeral: boolean;
  readonly comingBack: ComingBack;
}

/**
 * Where a channel keeps its messages: its topic's journal, or memory and a disk queue.
 * @param floor index in a durable topic of the first message that it is to get, if it is not the next one to be handed on
 */
export function openChannelStore(
  channel: StoredChannel,
  { name: topic, log, journal }: Pick<ChannelOwner, "name" | "log" | "journal">,
  context: BrokerContext,
  floor?: number,
): ChannelStore {
  const { name, ephemeral } = channel;
  return journal === null || ephemeral
    ? new QueuedChannel(topic, name, log, context, (held) => channel.comingBack.due(held))
    : new JournaledChannel(name, log, journal, context, channel, floor);
}
