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
import { Replacement } from "./rehearsal/upgrade.ts";
import { CHANNELS, TOPIC, Traffic } from "./rehearsal/traffic.ts";

const SIZE = { lookupds: 2, nsqds: 3 };

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

async function rehearse(
  before: Programs,
  perSecond: number,
  act: (replacement: Replacement, cluster: Cluster) => Promise<void>,
): Promise<void> {
  await using cluster = await Cluster.start(before, SIZE);
  await cluster.create(TOPIC, CHANNELS);
  const traffic = new Traffic(cluster.lookupd, perSecond);
  const replacement = new Replacement(cluster, traffic, console.log);
  try {
    await replacement.begin();
    await act(replacement, cluster);
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
    await rehearse(ours(values.before, "the old one"), rate, async (replacement, cluster) => {
      cluster.programs = after;
      await replacement.upgrade(after.name);
    });
  } else if (what === "move" && values.reference !== undefined) {
    const go = reference(values.reference);
    await rehearse(go, rate, async (replacement, cluster) => {
      for (const next of [after, go]) {
        cluster.programs = next;
        await replacement.move(next.name);
      }
    });
  } else throw new Error("what? upgrade, or move with --reference FOLDER");
} catch (error) {
  console.error(`rehearse: ${error instanceof Error ? error.message : error}`);
  Deno.exit(1);
}
