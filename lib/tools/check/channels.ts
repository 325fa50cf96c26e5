/** Which channels a check is about. */

import type { ChannelStats, TopicStats } from "../../cluster/stats.ts";
import type { DaemonError } from "../../cluster/answer.ts";
import { Glob } from "../../policies/glob.ts";
import { channelsOf, look, topicsOf } from "../session/found.ts";
import type { Session } from "../session/session.ts";

/** The words of a check about channels; both may be patterns. */
export const CHANNEL_WORDS = "[TOPICS] [CHANNELS]";

/** What was found. */
interface Chosen {
  readonly topics: readonly TopicStats[];
  readonly channels: readonly ChannelStats[];
  readonly errors: readonly DaemonError[];
}

/** Topics and channels that the words choose; all of them without words. @throws Error for a plain name that is not there */
export async function chosen(
  { cluster }: Session,
  [topics = "*", channels = "*"]: readonly string[],
): Promise<Chosen> {
  const snapshot = await look(cluster);
  const topicGlob = new Glob(topics), channelGlob = new Glob(channels);
  const found = topicsOf(snapshot).filter(({ topic_name }) => topicGlob.matches(topic_name));
  const inside = found.flatMap(channelsOf)
    .filter(({ channel_name }) => channelGlob.matches(channel_name));
  if (found.length === 0 && isName(topics)) throw new Error(`there is no topic ${topics}`);
  if (inside.length === 0 && isName(channels)) {
    throw new Error(`topic ${topics} has no channel ${channels}`);
  }
  return { topics: found, channels: inside, errors: snapshot.errors };
}

function isName(word: string): boolean {
  return !/[*?]/.test(word);
}

/** What a channel is called in a finding. */
export function channelSubject({ topic_name, channel_name }: ChannelStats): string {
  return `${topic_name}/${channel_name}`;
}
