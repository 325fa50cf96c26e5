import { deepStrictEqual as deepEqual, ok, strictEqual as equal } from "node:assert/strict";
import parsePrometheus from "parse-prometheus-text-format";
import { Client, eventually, type Nsqd, nsqdSuite, topicName } from "../harness/mod.ts";

interface Family {
  name: string;
  type: string;
  help: string;
  metrics: { value: string; labels?: Record<string, string> }[];
}

async function scrape(nsqd: Nsqd): Promise<Family[]> {
  const response = await nsqd.http("/metrics");
  equal(response.status, 200);
  equal(response.headers.get("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  return parsePrometheus(await response.text());
}

/** Figures by name, of what has no labels. */
function plainFigures(families: Family[]): Record<string, number> {
  return Object.fromEntries(
    families.flatMap(({ name, metrics }) =>
      metrics.filter(({ labels }) => labels === undefined)
        .map(({ value }) => [name, Number(value)] as const)
    ),
  );
}

/** Figures by name, of what has exactly these labels. */
function figuresOf(families: Family[], wanted: Record<string, string>): Record<string, number> {
  const figures: Record<string, number> = {};
  for (const { name, metrics } of families) {
    for (const { value, labels = {} } of metrics) {
      const names = Object.keys(labels);
      const isMeant = names.length === Object.keys(wanted).length &&
        names.every((label) => labels[label] === wanted[label]);
      if (isMeant) figures[name] = Number(value);
    }
  }
  return figures;
}

nsqdSuite(
  ["--e2e-processing-latency-percentile=0.99", "--mem-queue-size=2", "--msg-timeout=100ms"],
  (test) => {
    test("/metrics tells of the process", async (nsqd) => {
      using client = await Client.connect(nsqd.tcpPort);
      await client.expectAlive();
      const families = await scrape(nsqd);
      const figures = plainFigures(families);
      for (
        const name of [
          "process_resident_memory_bytes",
          "nsq_heap_used_bytes",
          "nsq_heap_size_bytes",
          "nsq_external_memory_bytes",
          "nsq_heap_limit_bytes",
          "nsq_event_loop_lag_seconds",
          "process_cpu_seconds_total",
          "nsqd_disk_free_bytes",
          "nsqd_disk_size_bytes",
        ]
      ) ok(figures[name]! > 0, `${name} is ${figures[name]}`);
      ok(figures.nsq_event_loop_lag_max_seconds! >= 0);
      const { stdout } = await new Deno.Command("/bin/sh", { args: ["-c", "ulimit -n"] }).output();
      equal(figures.process_max_fds, Number(new TextDecoder().decode(stdout)));
      const before = figures.process_open_fds!;
      ok(before > 3);
      using more = new DisposableStack();
      for (let count = 0; count < 40; count++) {
        await more.use(await Client.connect(nsqd.tcpPort)).expectAlive();
      }
      const with40More = plainFigures(await scrape(nsqd)).process_open_fds!;
      ok(with40More > before + 20 && with40More < before + 60, `${before}, then ${with40More}`);
      ok(Math.abs(figures.process_start_time_seconds! - Date.now() / 1000) < 300);
      equal(figures.nsqd_healthy, 1);
      ok(figures.nsqd_connections! >= 1);
    });

    test("/metrics tells of each topic and channel what /stats does", async (nsqd) => {
      const topic = topicName();
      await nsqd.create(topic, "c", "gone#ephemeral");
      await nsqd.create(`${topic}.alone`);
      await nsqd.post(`/channel/pause?topic=${topic}&channel=gone%23ephemeral`);
      await nsqd.post(`/mpub?topic=${topic}`, "1\n22\n333\n4444\n55555\n666666");
      await nsqd.post(`/pub?topic=${topic}&defer=600000`, "deferred");
      using client = await Client.connect(nsqd.tcpPort);
      await client.subscribe(topic, "c");
      await client.ready(2);
      const [first, second] = await client.nextMessages(2);
      await client.finish(first!.id);
      await client.requeue(second!.id, 0);
      await client.nextMessages(2);
      await client.ready(0);

      await eventually(async () => { // those two time out
        const families = await scrape(nsqd);
        const channel = figuresOf(families, { topic, channel: "c" });
        equal(channel.nsqd_channel_timeouts_total, 2);
        const { backend_depth } = await nsqd.channel(topic, "c");
        ok(backend_depth > 0, "mem-queue-size is 2");
        const { nsqd_channel_oldest_age_seconds: age, ...others } = channel;
        ok(age! > 0);
        deepEqual(others, {
          nsqd_channel_depth: 5,
          nsqd_channel_backend_depth: backend_depth,
          nsqd_channel_in_flight: 0,
          nsqd_channel_deferred: 1,
          nsqd_channel_messages_total: 7,
          nsqd_channel_finished_total: 1,
          nsqd_channel_requeues_total: 1,
          nsqd_channel_timeouts_total: 2,
          nsqd_channel_dead: 0,
          nsqd_channel_expired_total: 0,
          nsqd_channel_rejected_total: 0,
          nsqd_channel_dropped_total: 0,
          nsqd_channel_skipped_total: 0,
          nsqd_channel_clients: 1,
          nsqd_channel_paused: 0,
        });
        deepEqual(figuresOf(families, { topic }), {
          nsqd_topic_depth: 0,
          nsqd_topic_backend_depth: 0,
          nsqd_topic_messages_total: 7,
          nsqd_topic_message_bytes_total: 29,
          nsqd_topic_paused: 0,
        });
        const ephemeral = figuresOf(families, { topic, channel: "gone#ephemeral" });
        equal(ephemeral.nsqd_channel_paused, 1);
        equal(ephemeral.nsqd_channel_depth, 2);
        const latency = figuresOf(families, { topic, channel: "c", quantile: "0.99" });
        ok(latency.nsqd_channel_e2e_processing_latency_seconds! > 0);
        deepEqual(figuresOf(families, { topic: `${topic}.alone`, quantile: "0.99" }), {});
      });
    });

    test("/metrics gives every figure a help text, and counters the names of counters", async (nsqd) => {
      await nsqd.create(topicName(), "c");
      const families = await scrape(nsqd);
      for (const { name, type, help } of families) {
        ok(/^(nsqd?|process)_[a-z0-9_]+$/.test(name), name);
        ok(help.endsWith("."), `${name}: ${help}`);
        equal(type, name.endsWith("_total") ? "COUNTER" : "GAUGE", name);
      }
    });
  },
);
