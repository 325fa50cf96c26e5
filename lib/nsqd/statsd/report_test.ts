import { deepStrictEqual } from "node:assert/strict";
import { type ChannelStats, NO_LATENCY, type TopicStats } from "../../broker/stats.ts";
import { type StatsdReport, statsdReport } from "./report.ts";

const LATENCY = {
  count: 3,
  percentiles: [{ quantile: 0.985, value: 1500.7 }, { quantile: 0.5, value: 2e9 }],
};
const MEMORY = {
  heap_objects: 1,
  heap_idle_bytes: 2,
  heap_in_use_bytes: 3,
  heap_released_bytes: 4,
  gc_pause_usec_100: 5,
  gc_pause_usec_99: 6,
  gc_pause_usec_95: 7,
  next_gc_bytes: 8,
  gc_total_runs: 9,
};

function channel(name: string, figures: Partial<ChannelStats> = {}): ChannelStats {
  return {
    channel_name: name,
    depth: 0,
    backend_depth: 0,
    in_flight_count: 0,
    deferred_count: 0,
    message_count: 0,
    requeue_count: 0,
    timeout_count: 0,
    client_count: 0,
    clients: null,
    paused: false,
    e2e_processing_latency: NO_LATENCY,
    finish_count: 0,
    dead_count: 0,
    expired_count: 0,
    rejected_count: 0,
    dropped_count: 0,
    skipped_count: 0,
    oldest_age_ms: 0,
    ...figures,
  };
}

function topic(name: string, figures: Partial<TopicStats> = {}): TopicStats {
  return {
    topic_name: name,
    channels: [],
    depth: 0,
    backend_depth: 0,
    message_count: 0,
    message_bytes: 0,
    paused: false,
    e2e_processing_latency: NO_LATENCY,
    ...figures,
  };
}

/** The lines without the prefix and line ends. */
function report(given: Partial<StatsdReport>): string[] {
  const lines = statsdReport({
    prefix: "nsq.h.",
    topics: [],
    lastTopics: [],
    excludeEphemeral: false,
    memory: undefined,
    gcRuns: 0,
    ...given,
  });
  return lines.map((line) => /^nsq\.h\.(.*)\n$/.exec(line)![1]!);
}

Deno.test("statsdReport names figures as the reference does, in its order", () => {
  const one = channel("c", {
    depth: 1,
    backend_depth: 2,
    in_flight_count: 3,
    deferred_count: 4,
    message_count: 5,
    requeue_count: 6,
    timeout_count: 7,
    client_count: 8,
    finish_count: 12,
    dead_count: 13,
    expired_count: 14,
    rejected_count: 15,
    dropped_count: 16,
    skipped_count: 17,
    oldest_age_ms: 17,
    e2e_processing_latency: LATENCY,
  });
  const topics = [topic("t", {
    depth: 9,
    backend_depth: 10,
    message_count: 11,
    message_bytes: 12,
    e2e_processing_latency: LATENCY,
    channels: [one],
  })];
  deepStrictEqual(report({ topics, memory: MEMORY, gcRuns: 2 }), [
    "topic.t.message_count:11|c",
    "topic.t.message_bytes:12|c",
    "topic.t.depth:9|g",
    "topic.t.backend_depth:10|g",
    "topic.t.e2e_processing_latency_98:1500|g",
    "topic.t.e2e_processing_latency_50:2000000000|g",
    "topic.t.channel.c.message_count:5|c",
    "topic.t.channel.c.depth:1|g",
    "topic.t.channel.c.backend_depth:2|g",
    "topic.t.channel.c.in_flight_count:3|g",
    "topic.t.channel.c.deferred_count:4|g",
    "topic.t.channel.c.requeue_count:6|c",
    "topic.t.channel.c.timeout_count:7|c",
    "topic.t.channel.c.clients:8|g",
    "topic.t.channel.c.dead_count:13|g",
    "topic.t.channel.c.expired_count:14|c",
    "topic.t.channel.c.rejected_count:15|c",
    "topic.t.channel.c.dropped_count:16|c",
    "topic.t.channel.c.skipped_count:17|c",
    "topic.t.channel.c.oldest_age_ms:17|g",
    "topic.t.channel.c.e2e_processing_latency_98:1500|g",
    "topic.t.channel.c.e2e_processing_latency_50:2000000000|g",
    "mem.heap_objects:1|g",
    "mem.heap_idle_bytes:2|g",
    "mem.heap_in_use_bytes:3|g",
    "mem.heap_released_bytes:4|g",
    "mem.gc_pause_usec_100:5|g",
    "mem.gc_pause_usec_99:6|g",
    "mem.gc_pause_usec_95:7|g",
    "mem.next_gc_bytes:8|g",
    "mem.gc_runs:2|c",
  ]);
});

Deno.test("statsdReport counts what came since the last report", () => {
  const before = { message_count: 10, requeue_count: 4, timeout_count: 1, expired_count: 3 };
  const after = { message_count: 15, requeue_count: 6, timeout_count: 1, expired_count: 5 };
  const lastTopics = [
    topic("t", { message_count: 10, message_bytes: 100, channels: [channel("c", before)] }),
  ];
  const topics = [
    topic("new", { message_count: 7 }),
    topic("t", { message_count: 15, message_bytes: 150, channels: [channel("c", after)] }),
  ];
  deepStrictEqual(report({ topics, lastTopics }).filter((line) => line.endsWith("|c")), [
    "topic.new.message_count:7|c",
    "topic.new.message_bytes:0|c",
    "topic.t.message_count:5|c",
    "topic.t.message_bytes:50|c",
    "topic.t.channel.c.message_count:5|c",
    "topic.t.channel.c.requeue_count:2|c",
    "topic.t.channel.c.timeout_count:0|c",
    "topic.t.channel.c.expired_count:2|c",
    "topic.t.channel.c.rejected_count:0|c",
    "topic.t.channel.c.dropped_count:0|c",
    "topic.t.channel.c.skipped_count:0|c",
  ]);
});

Deno.test("statsdReport counts a topic anew that was deleted and made again", () => {
  const lastTopics = [topic("t", { message_count: 10, message_bytes: 100 })];
  const topics = [topic("t", { message_count: 2, message_bytes: 20 })];
  deepStrictEqual(report({ topics, lastTopics }).slice(0, 2), [
    "topic.t.message_count:2|c",
    "topic.t.message_bytes:20|c",
  ]);
});

Deno.test("statsdReport leaves ephemeral topics and channels out when told to", () => {
  const topics = [
    topic("t#ephemeral", { channels: [channel("c")] }),
    topic("u", { channels: [channel("c#ephemeral"), channel("d")] }),
  ];
  const names = (excludeEphemeral: boolean) => [
    ...new Set(
      report({ topics, excludeEphemeral }).map((line) => line.replace(/\.[a-z_]+:.*/, "")),
    ),
  ];
  deepStrictEqual(names(true), ["topic.u", "topic.u.channel.d"]);
  deepStrictEqual(names(false), [
    "topic.t#ephemeral",
    "topic.t#ephemeral.channel.c",
    "topic.u",
    "topic.u.channel.c#ephemeral",
    "topic.u.channel.d",
  ]);
});
