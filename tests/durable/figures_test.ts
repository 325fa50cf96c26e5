/** What a durable topic costs, as `/stats`, `/metrics` and statsd tell it. */
import { createSocket } from "node:dgram";
import { equal, match, ok } from "../harness/assert.ts";
import { betterThanReference, eventually, type Nsqd, startNsqd } from "../harness/mod.ts";

interface DurableFigures {
  durable?: boolean;
  journal_bytes?: number;
  retained_from?: string;
}

const figuresOf = async (nsqd: Nsqd, topic: string) =>
  (await nsqd.topic(topic)) as unknown as DurableFigures;

/** Figures of /metrics by name and labels. */
async function metrics(nsqd: Nsqd): Promise<Map<string, number>> {
  const text = await (await nsqd.http("/metrics")).text();
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => {
    const at = line.lastIndexOf(" ");
    return [line.slice(0, at), Number(line.slice(at + 1))];
  }));
}

betterThanReference(
  "/stats, /metrics and statsd tell what durable topics have on disk, and what commits do",
  async () => {
    const socket = createSocket("udp4"), heard: string[] = [];
    socket.on("message", (datagram) => heard.push(...`${datagram}`.trimEnd().split("\n")));
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const statsd = [
      `--statsd-address=127.0.0.1:${socket.address().port}`,
      "--statsd-interval=200ms",
    ];
    const began = Date.now();
    await using nsqd = await startNsqd({
      flags: ["--durable=t", "--retain-age=1h", "--statsd-prefix=x", ...statsd],
    });
    await nsqd.create("t", "ch");
    await nsqd.create("memory", "ch");
    const body = "x".repeat(1000);
    await nsqd.post("/mpub?topic=t", [body, body, body].join("\n"));
    await nsqd.post("/pub?topic=memory", body);

    const figures = await figuresOf(nsqd, "t");
    equal(figures.durable, true);
    ok(figures.journal_bytes! > 3000 && figures.journal_bytes! < 5000, `${figures.journal_bytes}`);
    match(figures.retained_from!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const retainedMs = Date.parse(figures.retained_from!);
    ok(retainedMs >= began && retainedMs <= Date.now());
    const { durable, journal_bytes, retained_from } = await figuresOf(nsqd, "memory");
    equal([durable, journal_bytes, retained_from].every((each) => each === undefined), true);

    const before = await metrics(nsqd);
    equal(before.get('nsqd_topic_journal_bytes{topic="t"}'), figures.journal_bytes);
    equal(before.has('nsqd_topic_journal_bytes{topic="memory"}'), false);
    await nsqd.post("/pub?topic=t", body);
    const after = await metrics(nsqd);
    const grown = (name: string) =>
      after.get(`nsqd_journal_${name}_total`)! - before.get(`nsqd_journal_${name}_total`)!;
    equal(grown("commits"), 1);
    ok(grown("commit_bytes") > 1000 && grown("commit_bytes") < 1500, `${grown("commit_bytes")}`);
    ok(grown("commit_seconds") > 0);
    equal(grown("commit_failures"), 0);

    await eventually(() => {
      const sum = (name: string) =>
        heard.filter((line) => line.startsWith(`x.${name}:`))
          .reduce((total, line) => total + parseInt(line.slice(line.indexOf(":") + 1)), 0);
      ok(sum("journal.commits") >= 3, heard.join("\n"));
      ok(sum("journal.commit_bytes") >= 4000);
      equal(sum("journal.commit_failures"), 0);
      ok(heard.some((line) => /^x\.topic\.t\.journal_bytes:[45]\d\d\d\|g$/.test(line)));
      equal(heard.some((line) => line.startsWith("x.topic.memory.journal_bytes")), false);
      return Promise.resolve();
    });
    await new Promise<void>((resolve) => socket.close(() => resolve()));
  },
);
