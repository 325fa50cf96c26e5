import { strictEqual as equal } from "node:assert/strict";
import {
  type ChannelStats,
  type ClientStats,
  NO_LATENCY,
  type TopicStats,
} from "../broker/stats.ts";
import { type StatsReport, statsText } from "./stats_text.ts";

const START = new Date("2026-11-22T01:28:08Z");
const NOW = new Date("2026-11-22T02:28:09.500Z");

function client(changes: Partial<ClientStats>): ClientStats {
  return {
    client_id: "host-a",
    hostname: "host-a",
    version: "V2",
    remote_address: "127.0.0.1:5000",
    state: 3,
    ready_count: 200,
    in_flight_count: 2,
    message_count: 10,
    finish_count: 7,
    requeue_count: 1,
    connect_ts: START.getTime() / 1000,
    sample_rate: 0,
    deflate: false,
    snappy: false,
    user_agent: "go-nsq/1.1.0",
    topology_zone: "",
    topology_region: "",
    tls: false,
    tls_cipher_suite: "",
    tls_version: "",
    tls_negotiated_protocol: "",
    tls_negotiated_protocol_is_mutual: false,
    ...changes,
  };
}

function channel(changes: Partial<ChannelStats>): ChannelStats {
  return {
    channel_name: "c",
    depth: 5,
    backend_depth: 1,
    in_flight_count: 2,
    deferred_count: 3,
    message_count: 10,
    requeue_count: 4,
    timeout_count: 6,
    client_count: 1,
    clients: null,
    paused: false,
    e2e_processing_latency: NO_LATENCY,
    finish_count: 6,
    dead_count: 7,
    expired_count: 8,
    rejected_count: 9,
    dropped_count: 10,
    skipped_count: 11,
    oldest_age_ms: 1500,
    ...changes,
  };
}

function topic(changes: Partial<TopicStats>): TopicStats {
  return {
    topic_name: "t",
    channels: [],
    depth: 123456,
    backend_depth: 0,
    message_count: 9,
    message_bytes: 0,
    paused: false,
    e2e_processing_latency: NO_LATENCY,
    ...changes,
  };
}

function text(changes: Partial<StatsReport>): string {
  return statsText({
    version: "nsqd v1.3.0",
    health: "OK",
    startTime: START,
    now: NOW,
    topics: [],
    producers: null,
    memory: undefined,
    ...changes,
  });
}

/** The text after the health. */
function body(changes: Partial<StatsReport>): string {
  return text(changes).split("Health: OK\n")[1]!;
}

Deno.test("statsText begins with version, start, uptime and health", () => {
  const lines = text({ topics: null, health: "NOK - x" }).split("\n");
  equal(lines[0], "nsqd v1.3.0");
  equal(new Date(lines[1]!.replace("start_time ", "")).getTime(), START.getTime());
  equal(
    lines.slice(2).join("\n"),
    "uptime 1h0m1.5s\n\nHealth: NOK - x\n\nTopics: None\n\nProducers: None\n",
  );
});

Deno.test("statsText lines up memory figures", () => {
  equal(
    body({ memory: { heap_objects: 1, gc_pause_usec_100: 22 } }),
    "\nMemory:\n   heap_objects             \t1\n   gc_pause_usec_100        \t22\n" +
      "\nTopics: None\n\nProducers: None\n",
  );
});

Deno.test("statsText lines up topics, channels and consumers", () => {
  const paused = topic({ topic_name: "a-topic-of-many-letters", paused: true });
  const full = topic({
    channels: [channel({ clients: [client({})] }), channel({ channel_name: "d", paused: true })],
  });
  equal(
    body({ topics: [paused, full] }),
    "\nTopics:" +
      "\n*P [a-topic-of-many-letters] depth: 123456 be-depth: 0     msgs: 9        e2e%: \n" +
      "\n   [t              ] depth: 123456 be-depth: 0     msgs: 9        e2e%: \n" +
      "      [c                        ] depth: 5     be-depth: 1     inflt: 2    def: 3    " +
      "re-q: 4     timeout: 6     msgs: 10       dead: 7     expired: 8     rejected: 9     dropped: 10    skipped: 11    oldest: 1.5s e2e%: \n" +
      "        [V2 host-a:5000 go-nsq/1.1.0] state: 3 inflt: 2    rdy: 200  fin: 7        " +
      "re-q: 1        msgs: 10       connected: 1h0m1s\n" +
      "   *P [d                        ] depth: 5     be-depth: 1     inflt: 2    def: 3    " +
      "re-q: 4     timeout: 6     msgs: 10       dead: 7     expired: 8     rejected: 9     dropped: 10    skipped: 11    oldest: 1.5s e2e%: \n" +
      "\nProducers: None\n",
  );
});

Deno.test("statsText tells what producers have published", () => {
  const producer = client({
    remote_address: "[::1]:77",
    user_agent: "",
    pub_counts: [{ topic: "a", count: 3 }, { topic: "b", count: 4 }],
  });
  equal(
    body({ producers: [producer] }),
    "\nTopics: None\n\nProducers:\n" +
      "   [V2 host-a:77            ] msgs: 7        topics: a=3,b=4 connected: 1h0m1s\n",
  );
});

Deno.test("statsText gives latencies in the unit that suits each", () => {
  const percentiles = [12, 1_500, 2_500_000, 3_000_000_001].map((value) => ({
    quantile: 1,
    value,
  }));
  const measured = topic({ e2e_processing_latency: { count: 4, percentiles } });
  equal(body({ topics: [measured] }).includes("e2e%: 12.0ns, 1.5us, 2.5ms, 3.0s\n"), true);
});
