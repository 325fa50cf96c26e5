import { ok, strictEqual as equal } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { Client, eventually, type Nsqd, startNsqd, withDeadline } from "../harness/mod.ts";

const DEADLINE_MS = 60_000;

/** Hears what is sent to a UDP port of its own. */
class UdpListener implements AsyncDisposable {
  readonly datagrams: string[] = [];
  readonly #socket = createSocket("udp4");
  #wake: () => void = () => {};

  static async open(port = 0): Promise<UdpListener> {
    const listener = new UdpListener();
    listener.#socket.on("message", (datagram) => {
      listener.datagrams.push(new TextDecoder().decode(datagram));
      listener.#wake();
    });
    await new Promise<void>((resolve) => listener.#socket.bind(port, "127.0.0.1", resolve));
    return listener;
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Every line heard so far. */
  get lines(): string[] {
    return this.datagrams.flatMap((datagram) => datagram.trimEnd().split("\n"));
  }

  /** Resolves when all these lines have been heard. */
  async expect(...wanted: string[]): Promise<void> {
    const missing = () => wanted.filter((line) => !this.lines.includes(line));
    const all = async () => {
      while (missing().length > 0) await new Promise<void>((resolve) => this.#wake = resolve);
    };
    try {
      await withDeadline(all(), DEADLINE_MS, "statsd lines");
    } catch (error) {
      throw new Error(`not heard: ${missing()}; heard:\n${this.lines.join("\n")}`, {
        cause: error,
      });
    }
  }

  /** The values of a figure, in the order heard. */
  values(name: string): number[] {
    return this.lines.filter((line) => line.startsWith(`${name}:`))
      .map((line) => Number(/:(-?\d+)\|[cg]$/.exec(line)![1]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

function startReporting(statsdPort: number, ...flags: string[]): Promise<Nsqd> {
  return startNsqd({
    flags: [
      `--statsd-address=127.0.0.1:${statsdPort}`,
      "--statsd-interval=300ms",
      "--broadcast-address=host.a",
      ...flags,
    ],
  });
}

function prefixOf(nsqd: Nsqd): string {
  return `nsq.host_a_${nsqd.httpPort}`;
}

Deno.test("nsqd tells statsd of topics, channels and memory, at intervals below one second too", async () => {
  await using statsd = await UdpListener.open();
  await using nsqd = await startReporting(
    statsd.port,
    "--e2e-processing-latency-percentile=0.99",
  );
  await nsqd.create("t", "c");
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "c");
  await client.ready(2);
  await nsqd.post("/mpub?topic=t", "one\ntwo\nthree");
  const [first, second] = await client.nextMessages(2);
  await client.ready(0);
  await client.finish(first!.id);
  await client.requeue(second!.id, 0);
  const prefix = prefixOf(nsqd);
  await statsd.expect(
    `${prefix}.topic.t.depth:0|g`,
    `${prefix}.topic.t.backend_depth:0|g`,
    `${prefix}.topic.t.channel.c.depth:2|g`,
    `${prefix}.topic.t.channel.c.backend_depth:0|g`,
    `${prefix}.topic.t.channel.c.in_flight_count:0|g`,
    `${prefix}.topic.t.channel.c.deferred_count:0|g`,
    `${prefix}.topic.t.channel.c.timeout_count:0|c`,
    `${prefix}.topic.t.channel.c.clients:1|g`,
    `${prefix}.topic.t.message_count:0|c`, // in a later report: nothing new
    `${prefix}.topic.t.channel.c.message_count:0|c`,
    `${prefix}.topic.t.channel.c.requeue_count:0|c`,
    `${prefix}.mem.gc_runs:0|c`,
  );
  const sum = (name: string) =>
    statsd.values(`${prefix}.topic.t.${name}`).reduce((total, value) => total + value, 0);
  // What stands in one report comes in several datagrams.
  await eventually(() => {
    equal(sum("message_count"), 3);
    equal(sum("message_bytes"), 11);
    equal(sum("channel.c.message_count"), 3);
    equal(sum("channel.c.requeue_count"), 1);
  });
  // The datagrams of one report are spread over time: what was counted may be told before how long it took.
  await eventually(() => {
    ok(statsd.values(`${prefix}.topic.t.e2e_processing_latency_99`).at(-1)! > 0);
    ok(statsd.values(`${prefix}.topic.t.channel.c.e2e_processing_latency_99`).at(-1)! > 0);
    ok(statsd.values(`${prefix}.mem.heap_in_use_bytes`).at(-1)! > 0);
  });
  ok(statsd.datagrams.every((datagram) => datagram.length <= 508), "datagrams fit the default");
});

Deno.test("nsqd leaves out of statsd what it is told to, and keeps to prefix and packet size", async () => {
  await using statsd = await UdpListener.open();
  await using nsqd = await startReporting(
    statsd.port,
    "--statsd-exclude-ephemeral",
    "--statsd-mem-stats=false",
    "--statsd-prefix=mine.%s.x",
    "--statsd-udp-packet-size=120",
  );
  await nsqd.create("t", "c#ephemeral", "d");
  await nsqd.create("u#ephemeral", "e");
  const prefix = `mine.host_a_${nsqd.httpPort}.x.topic`;
  await statsd.expect(`${prefix}.t.channel.d.clients:0|g`);
  const names = statsd.lines.map((line) => line.replace(/\.[a-z_]+:.*/, ""));
  equal([...new Set(names)].sort().join(), `${prefix}.t,${prefix}.t.channel.d`);
  ok(statsd.datagrams.every((datagram) => datagram.length <= 120));
  ok(statsd.datagrams.some((datagram) => datagram.split("\n").length > 2), "lines share datagrams");
});

Deno.test("nsqd reports to a statsd that comes late, and stops at once in the middle of a report", async () => {
  const port = await (async () => {
    await using unused = await UdpListener.open();
    return unused.port;
  })();
  await using nsqd = await startReporting(port, "--statsd-udp-packet-size=1");
  await nsqd.create("t");
  await nsqd.waitForLog(/STATSD: pushing stats to /);
  await using statsd = await UdpListener.open(port);
  await statsd.expect(`${prefixOf(nsqd)}.topic.t.depth:0|g`);
  await nsqd.stop();
  ok(nsqd.logLines.some((line) => line.includes("STATSD: closing")));
});

Deno.test("nsqd logs that statsd's address is of no use, and serves", async () => {
  await using nsqd = await startNsqd({
    flags: ["--statsd-address=no-such-host.invalid:8125", "--statsd-interval=50ms"],
  });
  await nsqd.waitForLog(/ERROR: STATSD: failed to report to no-such-host\.invalid:8125 - ./);
  await nsqd.post("/pub?topic=t", "x");
});
