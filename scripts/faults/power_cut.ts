/**
 * power-cut: a real process is recorded (its writes, fsyncs, renames and answers, by strace) while messages of a durable topic are
 * in every state. The recording is cut at many points; of what no fsync covered by then, any part is on the disk. The next
 * broker must have every message whose OK had left.
 */
import { ok } from "node:assert/strict";
import { eventually, pause, targetCommand, TemporaryDirectory } from "../../tests/harness/mod.ts";
import { consumeAll, readJournal } from "./durable/found.ts";
import { type Count, type Crash, describeCount, emptyCount, Ledger } from "./durable/ledger.ts";
import { DurableLoad, FLAGS } from "./durable/load.ts";
import { type Operation, readRecording, recorder } from "./durable/recording.ts";
import { Replay } from "./durable/replay.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";

const RECORDED_MS = 8000;
const RECORDED_SHORT_MS = 2500;
const CUTS = 500;
const CUTS_SHORT = 60;
/** Of so many cuts, one is consumed through a broker; the others are read from their files. */
const STARTED_PART = 10;
/** The publishers leave strace time to write down what they do. */
const PAUSE_MS = 2;

export const powerCut: Fault = { name: "power-cut", run };

async function run(context: FaultContext): Promise<string> {
  using directory = new TemporaryDirectory();
  const dataPath = `${directory.path}/data`;
  Deno.mkdirSync(dataPath);
  const ledger = new Ledger();
  const operations = await record(context, directory.path, dataPath, ledger);
  const count = emptyCount(), complaints: string[] = [];
  const cuts = context.short ? CUTS_SHORT : CUTS;
  const from = operations.findIndex(({ kind }) => kind === "accept");
  // In the order of the recording, which so is played once.
  const ends = Array.from(
    { length: cuts },
    () => from + context.random.below(operations.length - from),
  )
    .sort((a, b) => a - b);
  const replay = new Replay(dataPath);
  let played = 0, started = 0;
  for (const [i, end] of ends.entries()) {
    for (; played < end; played++) replay.apply(operations[played]!);
    const isStarted = i % STARTED_PART === 0;
    if (isStarted) started++;
    const found = await cutHere(context, replay, operations[end]!.atMs, ledger, count, isStarted);
    complaints.push(...found.map((complaint) => `cut ${i} at ${end}: ${complaint}`));
  }
  const told = complaints.slice(0, 10).join("\n");
  ok(complaints.length === 0, `${complaints.length} lost or wrong:\n${told}`);
  return `${operations.length} operations recorded, ${cuts} cuts, ${started} of them consumed by a broker; acknowledged ` +
    `before a cut: ${describeCount(count)}; 0 lost`;
}

async function record(
  context: FaultContext,
  folder: string,
  dataPath: string,
  ledger: Ledger,
): Promise<Operation[]> {
  const log = `${folder}/strace`;
  const command = [...recorder(log), ...context.command ?? targetCommand()];
  const nsqd = await startBroker({ ...context, command }, FLAGS, dataPath);
  const load = await DurableLoad.start(nsqd, ledger, context.random, PAUSE_MS);
  await pause(context.short ? RECORDED_SHORT_MS : RECORDED_MS);
  await load.end();
  await nsqd.stop();
  return readRecording(await wholeLog(log, nsqd.pid));
}

/** @returns what is lost or wrong */
async function cutHere(
  context: FaultContext,
  replay: Replay,
  atMs: number,
  ledger: Ledger,
  count: Count,
  isStarted: boolean,
): Promise<string[]> {
  using image = new TemporaryDirectory();
  for (const [name, bytes] of replay.powerCut(() => context.random.fraction())) {
    Deno.writeFileSync(`${image.path}/${name}`, bytes);
  }
  const crash: Crash = {
    isAcknowledged: ({ ack }) => (replay.answers.get(ack.port) ?? 0) >= ack.ordinal,
    atMs,
  };
  const { found } = readJournal(image.path);
  const complaints = ledger.check(found("ch"), found("idle"), crash, count);
  if (isStarted) await consumeAll(context, image.path, found);
  return complaints;
}

/** strace writes on for a moment when the process has ended. */
function wholeLog(path: string, pid: number): Promise<string> {
  return eventually(() => {
    const log = Deno.readTextFileSync(path);
    ok(new RegExp(`^${pid} .* \\+\\+\\+ `, "m").test(log), "strace has written all");
    return Promise.resolve(log);
  });
}
