/** Durable topics, whose OK means an fsync: publishing and consuming, against ours in memory and against others that fsync before they answer. */

import { awaitSpareSegments, commitFigures } from "../api.ts";
import type { LoadPlan } from "../generator.ts";
import type { Bench, Figure, Metric, PeerLoad, Rate, Workload } from "../model.ts";
import { syncedGroups } from "../raw_disk.ts";
import { consume, publish, warmUp } from "../steps.ts";

const SIZE_BYTES = 200;
const FLAGS = ["--durable=durable_*", "--mem-queue-size=1000000"];
const DURABLE = "durable";
const MEMORY = "memory";

/**
 * Both ways of the broker have run, with as many messages as are measured, before either is, and it has made segments ahead, as it does when nothing
 * happens for a second or two.
 */
async function warmUpBoth(bench: Bench, shape: Parameters<typeof warmUp>[1]): Promise<void> {
  await warmUp(bench, shape, "durable_warm");
  await warmUp(bench, shape);
  await awaitSpareSegments(bench.broker.http);
}

/** JetStream syncs each message on its own: what others publish at once takes it minutes. */
const JET_STREAM_DIVISOR = 10;

/** At least so many times what the others do, or ours in memory. */
interface Wanted {
  memory?: number;
  jetStream?: number;
  redis?: number;
}

/** @returns messages per second, and how many the disk would give in groups as large as the commits were */
async function publishDurably(
  bench: Bench,
  shape: Pick<LoadPlan, "producers" | "batch">,
  messages: number,
): Promise<{ rate: Rate; rawDisk: number }> {
  const before = await commitFigures(bench.broker.http);
  const rate = await publish(bench, { ...shape, perTopic: messages }, DURABLE);
  const after = await commitFigures(bench.broker.http);
  const commits = after.commits - before.commits, bytes = after.bytes - before.bytes;
  const groups = await syncedGroups(await bench.tempDir(), Math.ceil(bytes / commits));
  return { rate, rawDisk: groups * messages / commits };
}

function publishing(
  name: string,
  what: string,
  full: number,
  shape: Pick<LoadPlan, "producers" | "batch">,
  peer: Omit<PeerLoad, "messages" | "sizeBytes"> & { jetStreamBatch: number },
  wanted: Wanted,
): Workload {
  const against = (of: string, value: number | undefined): Metric => ({
    name: `${name} ${of}`,
    unit: "msg/s",
    ...value !== undefined && { target: { kind: "beaten", by: name, times: value } },
  });
  return {
    name,
    what:
      `${what}: an OK after an fsync, against none (in memory), one each (JetStream), one for many (Redis); ` +
      "and a loop that writes and syncs groups of the same size",
    flags: FLAGS,
    oursOnly: true,
    metrics: [
      { name, unit: "msg/s" },
      against("in memory", wanted.memory),
      against("JetStream", wanted.jetStream),
      against("Redis", wanted.redis),
      against("raw disk", undefined),
    ],
    async measure(bench) {
      const messages = bench.count(full);
      await warmUpBoth(bench, { ...shape, perTopic: messages });
      const { rate, rawDisk } = await publishDurably(bench, shape, messages);
      const figures: Record<string, Figure> = {
        [name]: rate,
        [`${name} raw disk`]: rawDisk,
        [`${name} in memory`]: await publish(bench, { ...shape, perTopic: messages }, MEMORY),
      };
      const { peers } = bench;
      if (peers !== undefined) {
        const load = { ...peer, messages, sizeBytes: SIZE_BYTES };
        figures[`${name} JetStream`] = await peers.jetStream({
          ...load,
          batch: peer.jetStreamBatch,
          messages: Math.ceil(messages / JET_STREAM_DIVISOR),
        });
        figures[`${name} Redis`] = await peers.redis(load);
      }
      return figures;
    },
  };
}

function withTopics(topics: number): Workload {
  const name = `durable-topics-${topics}`;
  return {
    name,
    what: `MPUB, 8 connections, spread over ${topics} durable topics: an OK after an fsync`,
    flags: FLAGS,
    oursOnly: true,
    metrics: [{
      name,
      unit: "msg/s",
      ...topics > 1 && { target: { kind: "bend", base: "durable-topics-1", atLeast: 0.3 } },
    }],
    async measure(bench: Bench) {
      const shape = { producers: 8, batch: 200, topics };
      await warmUpBoth(bench, { ...shape, topics: 1, perTopic: bench.count(100_000) });
      const perTopic = Math.max(bench.count(800_000) / topics, shape.batch);
      return { [name]: await publish(bench, { ...shape, perTopic }, DURABLE) };
    },
  };
}

export const DURABLE_TOPICS: Workload[] = [
  publishing(
    "durable-pub1",
    "PUB one at a time, 1 connection",
    10_000,
    { producers: 1 },
    { clients: 1, batch: 1, jetStreamBatch: 1 },
    { jetStream: 1, redis: 0.8 },
  ),
  publishing(
    "durable-pub100",
    "PUB one at a time, 100 connections",
    100_000,
    { producers: 100 },
    { clients: 100, batch: 1, jetStreamBatch: 1 },
    { memory: 0.6, jetStream: 3, redis: 0.7 },
  ),
  publishing(
    "durable-mpub",
    "MPUB 200, 8 connections",
    400_000,
    { producers: 8, batch: 200 },
    { clients: 8, batch: 200, jetStreamBatch: 500 },
    { memory: 0.5, jetStream: 5, redis: 2 },
  ),
  {
    name: "durable-mpub-long",
    what: "as durable-mpub, but far more than the segments that were made ahead take",
    flags: FLAGS,
    oursOnly: true,
    metrics: [
      { name: "durable-mpub-long", unit: "msg/s" },
      { name: "durable-mpub-long raw disk", unit: "msg/s" },
    ],
    async measure(bench) {
      const shape = { producers: 8, batch: 200 };
      await warmUpBoth(bench, { ...shape, perTopic: bench.count(80_000) });
      const { rate, rawDisk } = await publishDurably(bench, shape, bench.count(3_000_000));
      return { "durable-mpub-long": rate, "durable-mpub-long raw disk": rawDisk };
    },
  },
  {
    name: "durable-mpub-memory",
    what: "MPUB 200, 8 connections: ours durable, the reference in memory",
    flags: ["--mem-queue-size=1000000"],
    ourFlags: ["--durable=durable_*"],
    metrics: [{
      name: "durable-mpub-memory",
      unit: "msg/s",
      target: { kind: "ratio", op: ">=", value: 0.6 },
    }],
    async measure(bench) {
      const shape = { producers: 8, batch: 200, perTopic: bench.count(400_000) };
      await warmUpBoth(bench, shape);
      return { "durable-mpub-memory": await publish(bench, shape, DURABLE) };
    },
  },
  {
    name: "durable-consume",
    what: "consume with FIN, RDY 2500, from a durable topic and from one in memory",
    flags: FLAGS,
    oursOnly: true,
    metrics: [
      { name: "durable-consume", unit: "msg/s" },
      {
        name: "durable-consume in memory",
        unit: "msg/s",
        target: { kind: "beaten", by: "durable-consume", times: 0.7 },
      },
    ],
    async measure(bench) {
      const shape = { producers: 8, batch: 200, perTopic: bench.count(800_000) };
      const one = async (prefix: string) => {
        await publish(bench, shape, prefix);
        return await consume(bench, { perTopic: shape.perTopic }, prefix);
      };
      for (const prefix of ["durable_warm", "warm"]) await one(prefix);
      await awaitSpareSegments(bench.broker.http);
      const figures: Record<string, Figure> = {};
      for (const prefix of [DURABLE, MEMORY]) {
        const name = prefix === DURABLE ? "durable-consume" : "durable-consume in memory";
        figures[name] = await one(prefix);
      }
      return figures;
    },
  },
  ...[1, 1000].map(withTopics),
];
