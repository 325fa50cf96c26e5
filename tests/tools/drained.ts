/** Waiting for a tool to have finished all that it was given. */
import { deepEqual, equal, fail } from "../harness/assert.ts";
import { eventually, type Nsqd } from "../harness/mod.ts";

/** Waits until the tool's channel has nothing left, and gives back its figures. */
export function drained(nsqd: Nsqd, topic: string, channelName: string) {
  return eventually(async () => {
    const { message_count, channels } = await nsqd.topic(topic);
    const channel = channels.find((each) => each.channel_name === channelName) ??
      fail("no channel");
    equal(channel.message_count, message_count, "all are handed on to the channel");
    deepEqual([channel.depth, channel.in_flight_count, channel.deferred_count], [0, 0, 0]);
    return channel;
  });
}
