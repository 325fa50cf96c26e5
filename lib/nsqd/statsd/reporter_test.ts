import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { type TopicStats } from "../../broker/stats.ts";
import { FakeHost } from "../http/testing/fake_host.ts";
import { wait } from "../../wait.ts";
import { type ReporterContext, StatsdReporter } from "./reporter.ts";

/** Time that passes only when the reporter sleeps; stops it at `endMs`. */
class FakeWorld {
  nowMs = 0;
  /** Times at which datagrams were sent. */
  readonly sentMs: number[] = [];
  readonly texts: string[] = [];
  sockets = 0;
  closedSockets = 0;
  /** Thrown by opening the next sockets. */
  failures: string[] = [];
  readonly host: FakeHost;
  readonly reporter: StatsdReporter;

  constructor(flags: string[], readonly endMs: number) {
    this.host = new FakeHost(["--statsd-address=127.0.0.1:8125", ...flags]);
    for (const name of ["a", "b", "c"]) this.host.broker.topic(name);
    this.reporter = new StatsdReporter(this.#context());
  }

  /** Runs the reporter to the end. */
  async run(): Promise<void> {
    this.reporter.start();
    await this.#ended.promise;
    await this.reporter.stop();
  }

  readonly #ended = Promise.withResolvers<void>();

  #context(): ReporterContext {
    return {
      options: this.host.options,
      logger: this.host.logger,
      topics: (): TopicStats[] => this.host.broker.stats("", "", false) ?? [],
      commits: () => null,
      memory: () => {
        throw new Error("memory is not asked for");
      },
      openSocket: () => this.#openSocket(),
      nowMs: () => this.nowMs,
      sleep: async (delayMs, signal) => {
        this.nowMs += delayMs;
        if (this.nowMs < this.endMs) return;
        this.#ended.resolve();
        await wait(delayMs, signal);
      },
    };
  }

  #openSocket() {
    const failure = this.failures.shift();
    if (failure !== undefined) return Promise.reject(new Error(failure));
    this.sockets++;
    return Promise.resolve({
      send: (datagram: Uint8Array) => {
        this.sentMs.push(this.nowMs);
        this.texts.push(new TextDecoder().decode(datagram));
        return Promise.resolve();
      },
      close: () => void this.closedSockets++,
    });
  }
}

/** Three topics have four lines each: twelve datagrams. */
const FLAGS = ["--statsd-mem-stats=false", "--statsd-udp-packet-size=1"];

Deno.test("StatsdReporter spreads the datagrams over the interval less one second", async () => {
  const world = new FakeWorld([...FLAGS, "--statsd-interval=7s"], 20_000);
  await world.run();
  const first = world.sentMs.filter((ms) => ms < 14_000);
  deepStrictEqual(first, first.map((_, at) => 7000 + at * 6000 / first.length));
  strictEqual(first.length, 12);
  strictEqual(world.sockets, 2);
  strictEqual(world.closedSockets, 2);
  match(world.texts[0]!, /^nsq\.%s.*topic\.a\.message_count:0\|c\n/);
});

Deno.test("StatsdReporter spreads over half of a short interval", async () => {
  const world = new FakeWorld([...FLAGS, "--statsd-interval=600ms"], 1150);
  await world.run();
  deepStrictEqual(world.sentMs, Array.from({ length: 12 }, (_, at) => 600 + at * 25));
});

Deno.test("StatsdReporter logs a report that fails and tries again at the next interval", async () => {
  const world = new FakeWorld([...FLAGS, "--statsd-interval=10s"], 25_000);
  world.failures = ["no such host"];
  await world.run();
  match(
    world.host.logLines.join("\n"),
    /ERROR: STATSD: failed to report to 127\.0\.0\.1:8125 - no such host/,
  );
  strictEqual(world.sentMs[0], 20_000);
});

Deno.test("StatsdReporter sends the rest at once when it is stopped", async () => {
  const world = new FakeWorld([...FLAGS, "--statsd-interval=10s"], 11_000);
  await world.run();
  strictEqual(world.sentMs.length, 12);
  strictEqual(world.closedSockets, 1);
  match(world.host.logLines.at(-1)!, /STATSD: closing/);
});
