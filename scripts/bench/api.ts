/** The broker's HTTP API, as far as the benchmark needs it. */

import { WorkloadFailure } from "./failure.ts";

const CREATIONS_AT_ONCE = 8;
const POLL_MS = 50;

interface ChannelStats {
  channel_name: string;
  depth: number;
  in_flight_count: number;
  deferred_count: number;
  client_count: number;
  requeue_count: number;
  timeout_count: number;
}

interface TopicStats {
  topic_name: string;
  depth: number;
  message_count: number;
  channels: ChannelStats[] | null;
}

/** The name that the load generator gives to topic `index`. */
export function topicName(prefix: string, index: number): string {
  return `${prefix}_${String(index).padStart(4, "0")}`;
}

async function request(url: string, method: string): Promise<string> {
  const response = await fetch(url, { method }).catch((error: Error) => {
    throw new WorkloadFailure(`${method} ${url}: ${error.message}`);
  });
  const text = await response.text();
  if (!response.ok) throw new WorkloadFailure(`${method} ${url}: ${response.status} ${text}`);
  return text;
}

/** Creates `topics` topics with channels ch0, ch1 … each. */
export async function createTopics(
  http: string,
  prefix: string,
  topics: number,
  channels: number,
): Promise<void> {
  const names = Array.from({ length: topics }, (_, index) => topicName(prefix, index)).values();
  const createSome = async () => {
    for (const name of names) {
      await request(`http://${http}/topic/create?topic=${name}`, "POST");
      for (let index = 0; index < channels; index++) {
        await request(`http://${http}/channel/create?topic=${name}&channel=ch${index}`, "POST");
      }
    }
  };
  await Promise.all(Array.from({ length: CREATIONS_AT_ONCE }, createSome));
}

/** Deletes the topics of this prefix, with what they hold. */
export async function deleteTopics(http: string, prefix: string): Promise<void> {
  for (const { topic_name } of await topicStats(http, prefix)) {
    await request(`http://${http}/topic/delete?topic=${topic_name}`, "POST");
  }
}

async function topicStats(http: string, prefix: string): Promise<TopicStats[]> {
  const url = `http://${http}/stats?format=json&include_clients=false&include_mem=false`;
  const stats = JSON.parse(await request(url, "GET")) as { topics: TopicStats[] | null };
  return (stats.topics ?? []).filter((topic) => topic.topic_name.startsWith(`${prefix}_`));
}

/** What commits of durable topics have done since the start. */
export async function commitFigures(http: string): Promise<{ commits: number; bytes: number }> {
  const figure = await journalFigures(http);
  return { commits: figure("commits_total"), bytes: figure("commit_bytes_total") };
}

/** What a broker has made ahead of its next segments when it was idle for a while; a version that does not do so tells nothing. */
const SPARE_BYTES = 128 * 1024 * 1024;
const SPARES_LIMIT_MS = 5000;

/** Waits, for a few seconds at most, until segments are made ahead. With little warm-up there are none, and the reference has no such thing. */
export async function awaitSpareSegments(http: string): Promise<void> {
  const { ok, body } = await fetch(`http://${http}/metrics`);
  await body?.cancel();
  if (!ok) return;
  const giveUpMs = performance.now() + SPARES_LIMIT_MS;
  while (performance.now() < giveUpMs) {
    if ((await journalFigures(http))("spare_bytes") >= SPARE_BYTES) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function journalFigures(http: string): Promise<(name: string) => number> {
  const text = await request(`http://${http}/metrics`, "GET");
  return (name) => Number(new RegExp(`^nsqd_journal_${name} (\\S+)$`, "m").exec(text)?.[1] ?? 0);
}

/** What the channels of some topics hold together. */
export interface Holdings {
  /** Not yet passed from a topic to its channels. */
  inTopics: number;
  /** Queued or in flight in the channels. */
  inChannels: number;
  deferred: number;
  /** Messages that came back: nothing in a benchmark should. */
  returned: number;
}

export async function holdings(http: string, prefix: string): Promise<Holdings> {
  const total: Holdings = { inTopics: 0, inChannels: 0, deferred: 0, returned: 0 };
  for (const topic of await topicStats(http, prefix)) {
    total.inTopics += topic.depth;
    for (const channel of topic.channels ?? []) {
      total.inChannels += channel.depth + channel.in_flight_count;
      total.deferred += channel.deferred_count;
      total.returned += channel.requeue_count + channel.timeout_count;
    }
  }
  return total;
}

/** How far the only channel of a topic is. */
export interface ChannelState {
  depth: number;
  inFlight: number;
  consumers: number;
}

/** @param topic its whole name, of an `api.ts` topic with one channel */
export async function channelState(http: string, topic: string): Promise<ChannelState> {
  const url =
    `http://${http}/stats?format=json&include_clients=false&include_mem=false&topic=${topic}`;
  const stats = JSON.parse(await request(url, "GET")) as { topics: TopicStats[] | null };
  const channel = stats.topics?.[0]?.channels?.[0];
  if (channel === undefined) throw new WorkloadFailure(`${topic} has no channel`);
  return {
    depth: channel.depth,
    inFlight: channel.in_flight_count,
    consumers: channel.client_count,
  };
}

/** Lets a channel hand out no messages, or hand them out again. */
export async function setPaused(
  http: string,
  topic: string,
  channel: string,
  isPaused: boolean,
): Promise<void> {
  const action = isPaused ? "pause" : "unpause";
  await request(`http://${http}/channel/${action}?topic=${topic}&channel=${channel}`, "POST");
}

/** Waits until the channels hold exactly `messages`, deferred or queued; throws when that is not so in time. */
export async function awaitHoldings(
  http: string,
  prefix: string,
  messages: number,
  limitMs: number,
  deferred = false,
): Promise<void> {
  const giveUpMs = performance.now() + limitMs;
  for (;;) {
    const now = await holdings(http, prefix);
    const there = deferred ? now.deferred : now.inChannels;
    if (now.inTopics === 0 && there === messages && now.returned === 0) return;
    if (performance.now() > giveUpMs) {
      throw new WorkloadFailure(
        `the broker should hold ${messages} messages; its stats say ${JSON.stringify(now)}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
