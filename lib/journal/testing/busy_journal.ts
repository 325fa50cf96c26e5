/** What tests of spare segments do: journals that much is published to. */
import { SimulatedDisk } from "../../storage/testing/simulated_disk.ts";
import { Journal } from "../journal.ts";
import { NOTHING_WAITS } from "../topic_state.ts";
import { records, TestJournal } from "./harness.ts";

export const SEGMENT_BYTES = 6_400_000;
/** A commit of it is a large one, and leaves the segment large enough to be left for another. */
export const MUCH = "x".repeat(100_000);
const SPARES = /journal-spare/;

/** A journal with channel `c`, to which so many large commits were made. */
export async function busy(commits: number, test = newTest(new SimulatedDisk())) {
  test.journal.createChannel("c", 0);
  test.journal.setWaitingFrom(NOTHING_WAITS);
  for (let i = 0; i < commits; i++) await publishMuch(test);
  return test;
}

export function newTest(
  disk: SimulatedDisk,
  spares: "made" | "recycled" = "made",
  segmentBytes = SEGMENT_BYTES,
): TestJournal {
  return new TestJournal(disk, { segmentBytes, spares });
}

/** What is made ahead meanwhile is whole afterwards. */
export async function publishMuch(test: TestJournal): Promise<void> {
  test.publish(MUCH);
  await test.commit();
  await settled();
}

export async function settled(): Promise<void> {
  for (let i = 0; i < 2000; i++) await Promise.resolve();
}

export function spares({ disk }: TestJournal): string[] {
  return disk.paths.filter((path) => SPARES.test(path));
}

export function unfinished(test: TestJournal): number {
  return test.unfinished(test.journal.channels.get("c")!).size;
}

/** What a user would be told. */
export function complaints({ logger }: TestJournal): string[] {
  return logger.lines.filter((line) => /^(warn|error)/.test(line));
}

/** Another topic of the same broker. */
export function otherTopic(
  { disk, group, logger, spares, unixMs }: TestJournal,
  topic: string,
): Journal {
  return new Journal({
    ...{ topic, dataPath: "/d", files: disk, group, logger, spares },
    segmentBytes: SEGMENT_BYTES,
    unixMs: () => unixMs,
  });
}

export async function publishMuchTo(test: TestJournal, journal: Journal): Promise<void> {
  const bytes = records([MUCH]);
  journal.append(bytes, 0, bytes.length, 1);
  await test.commit();
  await settled();
}

export function diskBytes({ disk }: TestJournal): number {
  return disk.paths.reduce((sum, path) => sum + disk.content(path)!.length, 0);
}
