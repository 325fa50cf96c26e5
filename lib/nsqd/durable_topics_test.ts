import { deepStrictEqual as deepEqual, ok, throws } from "node:assert/strict";
import { SlabPool } from "../broker/slab.ts";
import { TestBroker } from "../broker/testing/test_broker.ts";
import { JournalBlocks } from "../broker/durable/journal_blocks.ts";
import { DiskQueue } from "../diskqueue/disk_queue.ts";
import type { FileIndex } from "../diskqueue/file_index.ts";
import type { Journal } from "../journal/journal.ts";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { ManualTimers } from "../storage/testing/manual_timers.ts";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";
import { BODY_OFFSET, DISK_MESSAGE_OVERHEAD_BYTES, recordEnd } from "../wire/record.ts";
import { DurableTopics } from "./durable_topics.ts";
import { Glob } from "../policies/glob.ts";
import type { TopicMetadata } from "./metadata.ts";

const DATA_PATH = "/d";
const NODE_ID = 1;

/** What each queue of the topic holds. */
const QUEUES: Record<string, string[]> = {
  "t:a": ["a0", "a1", "a2"],
  "t:b": ["b0", "b1"],
  t: ["w0", "w1", "w2", "w3"],
};

const KNOWN: TopicMetadata[] = [{
  name: "t",
  paused: true,
  channels: [{ name: "a", paused: false }, { name: "b", paused: true }],
}];

function openQueue(disk: SimulatedDisk, name: string, index?: FileIndex): DiskQueue {
  return DiskQueue.open({
    name,
    dataPath: DATA_PATH,
    maxBytesPerFile: 100,
    minRecordBytes: DISK_MESSAGE_OVERHEAD_BYTES,
    usualRecordBytes: 1000,
    syncEvery: 2500,
    syncTimeoutMs: 2000,
    files: disk,
    timers: new ManualTimers(),
    logger: new MemoryLogger(),
    ...(index !== undefined && { index }),
  });
}

function durableTopics(disk: SimulatedDisk, patterns: string[]): DurableTopics {
  return new DurableTopics({
    dataPath: DATA_PATH,
    files: disk,
    logger: new MemoryLogger(),
    nodeId: NODE_ID,
    patterns: patterns.map((pattern) => new Glob(pattern)),
    retention: {},
    timers: new ManualTimers(),
    openDisk: (name, index) => openQueue(disk, name, index),
  });
}

/** What a start does with the topic. */
async function start(disk: SimulatedDisk, patterns: string[]): Promise<TopicMetadata[]> {
  const topics = durableTopics(disk, patterns);
  const known = await topics.convert(KNOWN);
  await topics.removeSuperfluous();
  return known;
}

function diskRecord(body: string, number: number): Uint8Array {
  const record = new Uint8Array(4 + DISK_MESSAGE_OVERHEAD_BYTES + body.length);
  const view = new DataView(record.buffer);
  view.setUint32(0, record.length - 4);
  record.set(new TextEncoder().encode(String(number).padStart(16, "0")), 14);
  record.set(new TextEncoder().encode(body), 30);
  return record;
}

function diskWithQueues(): SimulatedDisk {
  const disk = new SimulatedDisk();
  let number = 0;
  for (const [name, bodies] of Object.entries(QUEUES)) {
    const queue = openQueue(disk, name);
    for (const body of bodies) {
      const record = diskRecord(body, ++number);
      queue.append(record, 0, record.length, 1);
    }
    queue.close();
  }
  return disk;
}

/** Each body where it comes last: a conversion that was killed may have left some twice, and the next one wrote all, in order. */
function eachLast(bodies: string[]): string[] {
  return [...new Set(bodies.reverse())].reverse();
}

/** The bodies of a queue. */
function queued(disk: SimulatedDisk, name: string): string[] {
  const queue = openQueue(disk, name), bytes = new Uint8Array(10_000);
  const view = new DataView(bytes.buffer), found: string[] = [];
  for (let block; (block = queue.read(bytes)).count > 0;) {
    for (let at = 0; at < block.bytes;) {
      const end = at + 4 + view.getUint32(at);
      found.push(new TextDecoder().decode(bytes.subarray(at + 30, end)));
      at = end;
    }
  }
  queue.close();
  return eachLast(found);
}

/** The same of a channel, from what waits in the topic too. */
function journaled(journal: Journal, name: string): string[] {
  const channel = journal.channels.get(name);
  ok(channel, `channel ${name} is in the journal`);
  const blocks = new JournalBlocks(channel, { pool: new SlabPool(), nodeId: NODE_ID });
  const found: string[] = [];
  for (let next = 0; next < journal.endIndex; next = blocks.next) {
    const slab = blocks.read(next, journal.endIndex, true);
    for (let at = 0, i = 0; slab !== null && i < slab.count; i++) {
      const end = recordEnd(slab.view, at);
      found.push(new TextDecoder().decode(slab.bytes.subarray(at + BODY_OFFSET, end)));
      at = end;
    }
    slab?.release(slab.count);
  }
  return eachLast(found);
}

/** A power cut may bring back some queues that were removed: then messages are there twice, in whatever order. */
function sameMessages(found: string[], expected: string[], cut: boolean): void {
  if (cut) deepEqual(found.toSorted(), expected.toSorted());
  else deepEqual(found, expected);
}

function checkJournal(disk: SimulatedDisk, cut: boolean): void {
  const journal = durableTopics(disk, ["*"]).open("t");
  const names = disk.paths.filter((path) => path.includes(".diskqueue."));
  deepEqual(names, []);
  sameMessages(journaled(journal, "a"), [...QUEUES["t:a"]!, ...QUEUES["t"]!], cut);
  sameMessages(journaled(journal, "b"), [...QUEUES["t:b"]!, ...QUEUES["t"]!], cut);
  deepEqual([journal.state.paused, journal.channels.get("b")!.state.paused], [true, true]);
  journal.close();
}

/** A broker on what `disk` has, where the topic becomes durable while it is in use. @returns whether that was done when all came to rest */
async function becomeDurable(disk: SimulatedDisk): Promise<boolean> {
  let isDurable = false;
  try {
    const test = new TestBroker({ disk, memQueueSize: 1, isDurable: () => isDurable });
    const { broker } = test, topic = broker.topic("t");
    topic.pause();
    topic.channel("a");
    topic.channel("b").pause();
    isDurable = true;
    const done = broker.applyRules();
    await test.turn();
    await done;
    return disk.operationsLeft > 0 && topic.journal !== null;
  } catch (error) {
    if (!String(error).includes("killed at")) throw error;
    return false;
  }
}

/** Does `change` to what `make` gives, killed after each operation in turn, or its power cut; then once more, and checks what is there. */
async function atEveryStep(
  make: () => Promise<SimulatedDisk>,
  patterns: string[],
  check: (disk: SimulatedDisk, cut: boolean, known: TopicMetadata[]) => void,
  change = (disk: SimulatedDisk) => start(disk, patterns).then(() => true, () => false),
): Promise<number> {
  for (let operations = 0;; operations++) {
    for (const cut of [false, true]) {
      const disk = await make();
      disk.operationsLeft = operations;
      const done = await change(disk);
      const left = cut ? disk.powerCut(seededRandom(operations)) : disk.restart();
      const known = await start(left, patterns);
      check(left, cut, known);
      if (done && cut) return operations;
    }
  }
}

Deno.test("a topic made durable loses nothing, wherever the process is killed or the power cut", async () => {
  const make = () => Promise.resolve(diskWithQueues());
  const steps = await atEveryStep(make, ["*"], checkJournal);
  ok(steps > 20, `${steps} steps`);
});

Deno.test("a topic that becomes durable in use loses nothing, wherever the process is killed or the power cut", async () => {
  const make = () => Promise.resolve(diskWithQueues());
  const steps = await atEveryStep(make, ["*"], checkJournal, becomeDurable);
  ok(steps > 20, `${steps} steps`);
});

Deno.test("a topic not durable any more loses nothing, wherever the process is killed or the power cut", async () => {
  const make = async () => {
    const disk = diskWithQueues();
    await start(disk, ["t"]);
    return disk;
  };
  const steps = await atEveryStep(make, [], (disk, cut, known) => {
    deepEqual(disk.paths.filter((path) => path.includes(".journal.")), []);
    for (const [name, bodies] of Object.entries(QUEUES)) {
      sameMessages(queued(disk, name), bodies, cut);
    }
    deepEqual(known.map(({ name, paused }) => [name, paused]), [["t", true]]);
  });
  ok(steps > 20, `${steps} steps`);
});

Deno.test("a start with many topics that were killed reads the data path once and syncs it once", async () => {
  const disk = new SimulatedDisk(), names = Array.from({ length: 300 }, (_, i) => `t${i}`);
  const before = durableTopics(disk, ["*"]);
  const made = names.map((name) => before.open(name));
  for (const journal of made) journal.createChannel("c", 0);
  await before.group.flush();
  for (const journal of made) journal.pause(true);
  await before.group.flush();
  const killed = disk.restart(), done: string[] = [];
  killed.fault = (operation, path) => {
    done.push(`${operation} ${path}`);
    return null;
  };
  const after = durableTopics(killed, ["*"]);
  const opened: Journal[] = [];
  const loading = after.loading(() => opened.push(...names.map((name) => after.open(name))));
  for (const journal of opened) journal.pause(false); // has to wait for it
  await loading;
  deepEqual(opened.filter(({ channels }) => channels.size !== 1), []);
  const synced = done.indexOf(`fsync ${DATA_PATH}`),
    isNew = (each: string) => /00002\.dat/.test(each);
  deepEqual(done.filter((each) => each === `list ${DATA_PATH}`).length, 1);
  deepEqual(done.slice(0, synced).filter((each) => each.startsWith("fsync")).length, names.length);
  deepEqual(done.slice(0, synced).filter(isNew), []);
  await after.group.flush();
  deepEqual(done.filter(isNew).filter((each) => each.startsWith("fsync")).length, names.length);
  for (const journal of opened) journal.close();
});

Deno.test("a topic that is made while the broker runs is not looked for on the disk, unless one of its name may have left something there", async () => {
  const disk = diskWithQueues(), topics = durableTopics(disk, ["*"]);
  await topics.loading(() => {});
  let looks = 0, mayRemove = true;
  disk.fault = (operation) => {
    if (operation === "list") looks++;
    return operation === "remove" && !mayRemove ? new Error("EIO") : null;
  };
  const filled = async () => {
    const journal = topics.open("made"), record = diskRecord("body", 1);
    const { endIndex } = journal;
    journal.append(record, 0, record.length, 1);
    await topics.group.flush();
    return { journal, endIndex };
  };
  const first = await filled();
  first.journal.delete();
  const second = await filled();
  deepEqual({ looks, found: second.endIndex }, { looks: 0, found: 0 });
  mayRemove = false;
  throws(() => second.journal.delete(), /EIO/);
  deepEqual({ found: topics.open("made").endIndex, looks }, { found: 1, looks: 1 });
});

Deno.test("a file of a deleted topic that is removed late is not one of the next topic of that name", async () => {
  const disk = new SimulatedDisk(), topics = durableTopics(disk, ["*"]);
  await topics.loading(() => {});
  const late: (() => void)[] = [];
  disk.removeInBackground = (path) =>
    new Promise<void>((resolve) => late.push(() => resolve())).then(() => disk.remove(path));
  const filled = async () => {
    const journal = topics.open("made"), record = diskRecord("body", 1);
    journal.append(record, 0, record.length, 1);
    await topics.group.flush();
    return journal;
  };
  const first = await filled();
  first.removeSegment(first.segments.list[0]!);
  first.delete();
  (await filled()).delete();
  await filled();
  for (const remove of late) remove();
  await new Promise((resolve) => setTimeout(resolve, 0));
  deepEqual({ late: late.length, found: topics.open("made").endIndex }, { late: 1, found: 1 });
});
