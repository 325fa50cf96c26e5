/**
 * durable-kill9, durable-eio, durable-full, durable-flip: messages of a durable topic are in every state when the process is killed
 * again and again, when fsyncs fail, when the disk is full, when bits flip in what is stored. What was acknowledged must be there;
 * of flipped bits, no more than the block that has them is lost.
 */
import { ok, strictEqual as equal } from "node:assert/strict";
import { BlockReader } from "../../lib/journal/block_reader.ts";
import { BlockKind, holdsMessages } from "../../lib/journal/format.ts";
import type { StoredJournal } from "../../lib/journal/stored_journal.ts";
import {
  eventually,
  type Nsqd,
  pause,
  SlowSync,
  TemporaryDirectory,
  TinyDisk,
} from "../../tests/harness/mod.ts";
import { consumeAll, messages, readJournal } from "./durable/found.ts";
import { describeCount, emptyCount, Ledger } from "./durable/ledger.ts";
import { DurableLoad, FLAGS } from "./durable/load.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { runWhereMountingWorks } from "./tmpfs.ts";

const KILLS = 40;
const KILLS_SHORT = 4;
const FLIPS = 60;
const FLIPS_SHORT = 6;
const DISK_BYTES = 4 * 1024 * 1024;
const BALLAST_BYTES = 3 * 1024 * 1024;
const REFUSED_MS = 20_000;

export const durableKill9: Fault = { name: "durable-kill9", run: killAgainAndAgain };
export const durableEio: Fault = { name: "durable-eio", run: failSyncs };
export const durableFull: Fault = { name: "durable-full", run: fillDisk };
export const durableFlip: Fault = { name: "durable-flip", run: flipBits };

/** What was acknowledged to `ledger`'s publishers is in the files of a process that was just killed. @returns figures */
async function checkAfterKill(
  context: FaultContext,
  path: string,
  ledger: Ledger,
  count = emptyCount(),
  isLast = true,
): Promise<string> {
  const { found } = readJournal(path);
  const crash = {
    isAcknowledged: ({ ackedMs }: { ackedMs: number }) => ackedMs < Infinity,
    atMs: Date.now(),
  };
  const complaints = ledger.check(found("ch"), found("idle"), crash, count);
  ok(
    complaints.length === 0,
    `${complaints.length} lost or wrong:\n${complaints.slice(0, 10).join("\n")}`,
  );
  ledger.believe(found("ch"), crash);
  if (isLast) await consumeAll(context, path, found);
  return `acknowledged before: ${describeCount(count)}; 0 lost`;
}

async function loadFor(
  context: FaultContext,
  nsqd: Nsqd,
  ledger: Ledger,
  ms: number,
): Promise<void> {
  const load = await DurableLoad.start(nsqd, ledger, context.random, 1);
  await pause(ms);
  await nsqd.kill();
  await load.end();
}

async function killAgainAndAgain(context: FaultContext): Promise<string> {
  using directory = new TemporaryDirectory();
  const ledger = new Ledger(), count = emptyCount();
  const kills = context.short ? KILLS_SHORT : KILLS;
  let figures = "";
  for (let kill = 1; kill <= kills; kill++) {
    const nsqd = await startBroker(context, FLAGS, directory.path);
    await loadFor(context, nsqd, ledger, context.random.between(300, 1200));
    figures = await checkAfterKill(context, directory.path, ledger, count, kill === kills);
  }
  return `${kills} kills, ${ledger.entries.length} published; ${figures}`;
}

async function failSyncs(context: FaultContext): Promise<string> {
  using directory = new TemporaryDirectory();
  const ledger = new Ledger();
  const nsqd = await startBroker(context, FLAGS, directory.path);
  const first = await DurableLoad.start(nsqd, ledger, context.random, 1);
  await pause(500);
  {
    await using failing = await SlowSync.attach(nsqd.pid, 0, "EIO");
    if (failing === undefined) throw new Error("needs strace, and leave to attach it");
    await failing.ends(3);
    await first.publishersEnded();
  }
  await first.end();
  // It tries again once a second: what was said meanwhile is on the disk when it is well.
  await eventually(async () => equal(await (await nsqd.http("/ping")).text(), "OK"));
  const refused = ledger.entries.filter(({ ackedMs }) => ackedMs === Infinity).length;
  ok(refused > 0, "publishers were refused");
  await loadFor(context, nsqd, ledger, 700);
  const figures = await checkAfterKill(context, directory.path, ledger);
  return `fsync failed with EIO, ${refused} refused or unanswered; ${figures}`;
}

async function fillDisk(context: FaultContext): Promise<string> {
  await using disk = await TinyDisk.mount(DISK_BYTES);
  if (disk === undefined) {
    const args = [
      ...["--only", durableFull.name, "--seed", String(context.random.seed)],
      ...context.short ? ["--short"] : [],
      ...context.command === undefined ? [] : ["--executable", context.command[0]!],
    ];
    return await runWhereMountingWorks(args);
  }
  const ballast = `${disk.path}/ballast`, dataPath = `${disk.path}/data`;
  await Deno.writeFile(ballast, new Uint8Array(BALLAST_BYTES));
  await Deno.mkdir(dataPath);
  const ledger = new Ledger();
  const nsqd = await startBroker(context, FLAGS, dataPath);
  const first = await DurableLoad.start(nsqd, ledger, context.random);
  const isRefused = await Promise.race([
    first.publishersEnded().then(() => true),
    pause(REFUSED_MS).then(() => false),
  ]);
  ok(isRefused, "publishers are refused when the disk is full");
  await first.end();
  const before = ledger.entries.length;
  await Deno.remove(ballast);
  await pause(1500); // it tries again once a second
  await loadFor(context, nsqd, ledger, 300);
  ok(ledger.entries.slice(before).some(({ ackedMs }) => ackedMs < Infinity), "it goes on");
  const figures = await checkAfterKill(context, dataPath, ledger);
  return `refused after ${before}, went on when there was space; ${figures}`;
}

async function flipBits(context: FaultContext): Promise<string> {
  using directory = new TemporaryDirectory();
  const ledger = new Ledger();
  const nsqd = await startBroker(context, FLAGS, directory.path);
  await loadFor(context, nsqd, ledger, 800);
  const { stored } = readJournal(directory.path);
  const whole = messages(stored, "idle");
  const flips = context.short ? FLIPS_SHORT : FLIPS;
  let missing = 0;
  for (let flip = 0; flip < flips; flip++) {
    using copy = new TemporaryDirectory();
    for (const name of directory.names()) copy.write(name, directory.read(name));
    const flipped = flipOne(context, copy, stored);
    const { stored: after, found } = readJournal(copy.path);
    const left = messages(after, "idle");
    for (const { body } of left.values()) ledger.entry(body);
    const gone = [...whole.keys()].filter((index) => !left.has(index));
    ok(
      gone.every((index) => flipped.first <= index && index < flipped.end),
      `flip ${flip}: ${gone.length} gone, beyond the block ${JSON.stringify(flipped)}`,
    );
    missing += gone.length;
    await consumeAll(context, copy.path, found, true);
  }
  return `${flips} flips in a journal of ${whole.size} messages: ${missing} gone, all in the blocks hit; 0 others lost`;
}

/** Flips a bit. @returns the messages of the block that has it */
function flipOne(
  { random }: FaultContext,
  copy: TemporaryDirectory,
  stored: StoredJournal,
): { first: number; end: number } {
  const segment = random.pick(stored.segments.list);
  const name = segment.path.split("/").at(-1)!;
  const bytes = copy.read(name), at = random.below(segment.bytes);
  bytes[at]! ^= 1 << random.below(8);
  copy.write(name, bytes);
  const file = segment.files.openRead(segment.path);
  try {
    const blocks = new BlockReader(file, segment.bytes, segment.salt);
    while (blocks.next() && blocks.end <= at);
    const { kind, firstIndex, count } = blocks.header;
    const has = holdsMessages(kind) && kind === BlockKind.Messages;
    return { first: firstIndex, end: has ? firstIndex + count : firstIndex };
  } finally {
    file.close();
  }
}
