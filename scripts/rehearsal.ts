/**
 * Rehearses, with real processes under load, what one does to a cluster in use, and counts its messages: fails if an acknowledged one does
 * not come.
 *
 *     deno task rehearse upgrade [--before PATH] [--after PATH] [--rate N]
 *     deno task rehearse move --reference FOLDER [--after PATH] [--rate N]
 *
 * `upgrade` drains broker after broker, and starts another executable in its place (`dist/nsq` unless told otherwise); then lookupd after
 * lookupd. `move` exchanges the daemons of a Go cluster, whose programs lie in FOLDER, for ours, one by one, and then ours for Go's.
 */
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { Cluster, type Programs } from "./rehearsal/cluster.ts";
import { CHANNELS, TOPIC, Traffic } from "./rehearsal/traffic.ts";

const SIZE = { lookupds: 2, nsqds: 3 };

/** Messages that are acknowledged between two steps: the cluster is at work again. */
const BETWEEN_STEPS = 500;

const EXECUTABLE = join(resolve(import.meta.dirname!, ".."), "dist", "nsq");

function ours(executable: string, name: string): Programs {
  const path = resolve(executable);
  return { name, nsqd: [path, "nsqd"], nsqlookupd: [path, "lookupd"] };
}

function reference(folder: string): Programs {
  const path = resolve(folder);
  const [nsqd, nsqlookupd] = [join(path, "nsqd"), join(path, "nsqlookupd")];
  return { name: "Go's", nsqd: [nsqd], nsqlookupd: [nsqlookupd] };
}

async function upgrade(cluster: Cluster, traffic: Traffic, after: Programs): Promise<void> {
  for (let at = 0; at < SIZE.nsqds; at++) {
    await step(`nsqd ${at + 1}: drained, now ${after.name}`, traffic, async () => {
      const left = await cluster.replaceNsqd(at, after, "drain");
      if (left > 0) throw new Error(`${left} messages were left by a drain`);
      return "nothing left";
    });
  }
  await replaceLookupds(cluster, traffic, after);
}

/** Exchanges all daemons, each as it is: what it held is on its disk. */
async function move(cluster: Cluster, traffic: Traffic, after: Programs): Promise<void> {
  await replaceLookupds(cluster, traffic, after);
  for (let at = 0; at < SIZE.nsqds; at++) {
    await step(`nsqd ${at + 1}: stopped, now ${after.name}`, traffic, async () => {
      return `${await cluster.replaceNsqd(at, after, "stop")} messages handed over`;
    });
  }
}

async function replaceLookupds(cluster: Cluster, traffic: Traffic, after: Programs): Promise<void> {
  for (let at = 0; at < SIZE.lookupds; at++) {
    await step(`lookupd ${at + 1}: stopped, now ${after.name}`, traffic, async () => {
      await cluster.replaceLookupd(at, after);
      return "brokers register again";
    });
  }
}

async function step(what: string, traffic: Traffic, act: () => Promise<string>): Promise<void> {
  const startMs = performance.now();
  const outcome = await act();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  await traffic.flows(BETWEEN_STEPS);
  console.log(`${what}: ${outcome}, ${seconds} s; ${traffic.acknowledged} acknowledged so far`);
}

async function rehearse(
  before: Programs,
  perSecond: number,
  act: (cluster: Cluster, traffic: Traffic) => Promise<void>,
): Promise<void> {
  await using cluster = await Cluster.start(before, SIZE);
  await cluster.create(TOPIC, CHANNELS);
  const traffic = new Traffic(cluster.lookupd, perSecond);
  try {
    await traffic.flows(BETWEEN_STEPS);
    await act(cluster, traffic);
  } catch (error) {
    await traffic.finish();
    throw error;
  }
  const { acknowledged, refused, unknown, duplicates, lost } = await traffic.finish();
  console.log(
    `${acknowledged} acknowledged, ${refused} refused, ${unknown} without an answer, ` +
      `${duplicates} seen twice, ${lost.length} lost`,
  );
  if (lost.length > 0) throw new Error(`lost: ${lost.slice(0, 20).join(", ")}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    before: { type: "string", default: EXECUTABLE },
    after: { type: "string", default: EXECUTABLE },
    reference: { type: "string" },
    rate: { type: "string", default: "1000" },
  },
});
const rate = Number(values.rate);
const what = positionals.join(" ");
try {
  if (!(rate > 0)) throw new Error("--rate takes a number of messages per second");
  const after = ours(values.after, "ours");
  if (what === "upgrade") {
    await rehearse(
      ours(values.before, "the old one"),
      rate,
      (cluster, traffic) => upgrade(cluster, traffic, after),
    );
  } else if (what === "move" && values.reference !== undefined) {
    const go = reference(values.reference);
    await rehearse(go, rate, async (cluster, traffic) => {
      await move(cluster, traffic, after);
      await move(cluster, traffic, go);
    });
  } else throw new Error("what? upgrade, or move with --reference FOLDER");
} catch (error) {
  console.error(`rehearse: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
