import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import {
  Client,
  eventually,
  isReference,
  type Nsqd,
  nsqdSuite,
  topicName,
} from "../harness/mod.ts";
import { refusal } from "./answer.ts";

/** Figures of a channel that the reference does not have: they stand behind the others. */
const OURS = [
  "finish_count",
  "dead_count",
  "expired_count",
  "rejected_count",
  "dropped_count",
  "skipped_count",
  "oldest_age_ms",
];

const LATENCY = { count: 0, percentiles: null };

async function statsJson(nsqd: Nsqd, query: string) {
  return await (await nsqd.http(`/stats?format=json${query}`)).json();
}

async function statsText(nsqd: Nsqd, query: string): Promise<string> {
  return await (await nsqd.http(`/stats?${query}`)).text();
}

/** Names of fields in the order in which they were sent. */
function fields(value: object): string[] {
  return Object.keys(value);
}

nsqdSuite([], (test) => {
  test("/stats as JSON begins with the process", async (nsqd) => {
    const stats = await statsJson(nsqd, "&topic=unknown");
    // The room on the disk comes last, and is not the reference's.
    const known = ["version", "health", "start_time", "topics", "memory", "producers"];
    deepEqual(fields(stats).slice(0, known.length), known);
    deepEqual(fields(stats).slice(known.length).filter((name) => name !== "disk"), []);
    equal(stats.health, "OK");
    equal(Math.abs(Date.now() / 1000 - stats.start_time) < 60, true);
    equal(stats.topics, null);
    equal(stats.producers, null);
    deepEqual(fields(stats.memory), [
      "heap_objects",
      "heap_idle_bytes",
      "heap_in_use_bytes",
      "heap_released_bytes",
      "gc_pause_usec_100",
      "gc_pause_usec_99",
      "gc_pause_usec_95",
      "next_gc_bytes",
      "gc_total_runs",
    ]);
    equal("memory" in await statsJson(nsqd, "&include_mem=false"), false);
    equal("memory" in await statsJson(nsqd, "&include_mem=0"), false);
    equal("memory" in await statsJson(nsqd, "&include_mem=no"), true);
  });

  test("/stats as JSON gives a topic's and a channel's figures", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    await nsqd.post(`/channel/create?topic=${topic}&channel=c`);
    await nsqd.post(`/mpub?topic=${topic}`, "ab\ncde");
    const stats = await eventually(async () => {
      const stats = await statsJson(nsqd, `&topic=${topic}`);
      equal(stats.topics[0].channels[0].depth, 2);
      return stats;
    });
    deepEqual(Object.entries(stats.topics[0]).filter(([name]) => name !== "channels"), [
      ["topic_name", topic],
      ["depth", 0],
      ["backend_depth", 0],
      ["message_count", 2],
      ["message_bytes", 5],
      ["paused", false],
      ["e2e_processing_latency", LATENCY],
    ]);
    const figures = Object.entries(stats.topics[0].channels[0]);
    const ours = figures.filter(([name]) => OURS.includes(name));
    if (!isReference) deepEqual(ours.map(([name]) => name), OURS);
    deepEqual(figures.filter(([name]) => !OURS.includes(name)), [
      ["channel_name", "c"],
      ["depth", 2],
      ["backend_depth", 0],
      ["in_flight_count", 0],
      ["deferred_count", 0],
      ["message_count", 2],
      ["requeue_count", 0],
      ["timeout_count", 0],
      ["client_count", 0],
      ["clients", []],
      ["paused", false],
      ["e2e_processing_latency", LATENCY],
    ]);
  });

  test("/stats selects by topic and channel, and sorts both", async (nsqd) => {
    const names = [topicName(), topicName()].sort();
    for (const name of names.toReversed()) await nsqd.post(`/topic/create?topic=${name}`);
    for (const channel of ["z", "a"]) {
      await nsqd.post(`/channel/create?topic=${names[0]}&channel=${channel}`);
    }
    const selected = async (query: string) => {
      const { topics } = await statsJson(nsqd, query);
      return topics
        .filter((topic: { topic_name: string }) => names.includes(topic.topic_name))
        .map((topic: { topic_name: string; channels: { channel_name: string }[] }) =>
          [topic.topic_name, ...topic.channels.map(({ channel_name }) => channel_name)].join(" ")
        );
    };
    deepEqual(await selected(""), [`${names[0]} a z`, names[1]]);
    deepEqual(await selected(`&topic=${names[0]}&channel=z`), [`${names[0]} z`]);
    deepEqual(await selected("&channel=a"), [`${names[0]} a`]);
    deepEqual(await selected(`&topic=${names[1]}&channel=a`), []);
  });

  test("/stats shows a consumer, unless clients are left out", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ client_id: "id", hostname: "host", user_agent: "agent/1" });
    await client.subscribe(topic, "c", 2);
    await nsqd.post(`/pub?topic=${topic}`, "x");
    await client.nextMessage();
    const { topics } = await statsJson(nsqd, `&topic=${topic}`);
    const [shown] = topics[0].channels[0].clients;
    equal(Math.abs(Date.now() / 1000 - shown.connect_ts) < 60, true);
    deepEqual(Object.entries({ ...shown, connect_ts: 0 }), [
      ["client_id", "id"],
      ["hostname", "host"],
      ["version", "V2"],
      ["remote_address", client.localAddress],
      ["state", 3],
      ["ready_count", 2],
      ["in_flight_count", 1],
      ["message_count", 1],
      ["finish_count", 0],
      ["requeue_count", 0],
      ["connect_ts", 0],
      ["sample_rate", 0],
      ["deflate", false],
      ["snappy", false],
      ["user_agent", "agent/1"],
      ["topology_zone", ""],
      ["topology_region", ""],
      ["tls", false],
      ["tls_cipher_suite", ""],
      ["tls_version", ""],
      ["tls_negotiated_protocol", ""],
      ["tls_negotiated_protocol_is_mutual", false],
    ]);
    for (const query of ["&include_clients=false", "&include_clients=0"]) {
      const { topics } = await statsJson(nsqd, `&topic=${topic}${query}`);
      const [channel] = topics[0].channels;
      deepEqual([channel.clients, channel.client_count], [null, 1]);
    }
    const text = await statsText(nsqd, `include_mem=false&topic=${topic}`);
    const port = client.localAddress.split(":").at(-1);
    match(
      text,
      new RegExp(
        `\n {6}\\[c {24}\\] depth: 0     be-depth: 0     inflt: 1    def: 0    re-q: 0     ` +
          `timeout: 0     msgs: 1        e2e%: \n` +
          ` {8}\\[V2 host:${port} agent/1 +\\] state: 3 inflt: 1    rdy: 2    fin: 0        ` +
          `re-q: 0        msgs: 1        connected: \\d+s\n`,
      ),
    );
  });

  test("/stats shows a producer with what it has published", async (nsqd) => {
    const topic = topicName();
    using client = await Client.connect(nsqd.tcpPort);
    await client.identify({ client_id: "id", hostname: "producer-host", user_agent: "agent/1" });
    await client.publish(topic, "a");
    await client.publish(topic, "b");
    const { producers } = await statsJson(nsqd, `&topic=${topic}`);
    const own = producers.filter((each: { hostname: string }) => each.hostname === "producer-host");
    equal(own.length, 1);
    deepEqual(own[0].pub_counts, [{ topic, count: 2 }]);
    equal((await statsJson(nsqd, "&include_clients=false")).producers, null);
    const port = client.localAddress.split(":").at(-1);
    match(
      await statsText(nsqd, `include_mem=false&topic=${topic}`),
      new RegExp(
        `\nProducers:\n(.*\n)* {3}\\[V2 producer-host:${port} agent/1\\] msgs: 2        ` +
          `topics: ${topic}=2 connected: \\d+s\n`,
      ),
    );
  });

  test("/stats as text begins with the process and its memory", async (nsqd) => {
    const text = await statsText(nsqd, "topic=unknown");
    match(
      text,
      new RegExp(
        "^nsqd v[0-9.]+ \\(built w/.*\\)\n" +
          "start_time \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(Z|[+-]\\d\\d:\\d\\d)\n" +
          "uptime [0-9.]+[a-zµ]*s\n" +
          "\nHealth: OK\n" +
          "\nMemory:\n( {3}[a-z0-9_]+ *\t\\d+\n){9}" +
          "\nTopics: None\n",
      ),
    );
    equal((await statsText(nsqd, "format=JSON&include_mem=false")).includes("Memory"), false);
  });

  test("/stats as text marks what is paused", async (nsqd) => {
    const topic = topicName();
    await nsqd.post(`/topic/create?topic=${topic}`);
    await nsqd.post(`/channel/create?topic=${topic}&channel=c`);
    await nsqd.post(`/topic/pause?topic=${topic}`);
    await nsqd.post(`/channel/pause?topic=${topic}&channel=c`);
    await nsqd.post(`/pub?topic=${topic}`, "x");
    const text = await statsText(nsqd, `include_mem=false&topic=${topic}`);
    equal(
      text.slice(text.indexOf("\nTopics:"), text.indexOf("\nProducers:")),
      "\nTopics:" +
        `\n*P [${topic.padEnd(15)}] depth: 1     be-depth: 0     msgs: 1        e2e%: \n` +
        `   *P [${"c".padEnd(25)}] depth: 0     be-depth: 0     inflt: 0    def: 0    ` +
        "re-q: 0     timeout: 0     msgs: 0        e2e%: \n",
    );
  });

  test("/stats refuses a query that cannot be read", async (nsqd) => {
    const response = await nsqd.http("/stats?format=%zz");
    equal(`${response.status} ${await response.text()}`, refusal(400, "INVALID_REQUEST"));
  });
});
