/**
 * Harms a live broker in every way that `scripts/faults/` knows, from a printed seed, and says how it stood it: one line
 * `ok NAME figures` or `FAILED NAME reason` each, and an exit code other than 0 if any failed. With `--short`, a fault that missed a limit
 * of time or memory is tried once more, from the same seed, alone; whatever else goes wrong is final. Those that mostly wait do so at the same
 * time then, before the others.
 *
 * deno task faults [--seed N] [--short] [--only NAME] [--executable PATH]
 */
import { parseArgs } from "node:util";
import { withDeadline } from "../tests/harness/mod.ts";
import { durableEio, durableFlip, durableFull, durableKill9 } from "./faults/durable_crash.ts";
import { powerCut } from "./faults/power_cut.ts";
import { accept } from "./faults/accept.ts";
import { type Fault, type FaultContext, killBrokers } from "./faults/fault.ts";
import { crowd, deafCrowd } from "./faults/crowd.ts";
import { fullDisk } from "./faults/full_disk.ts";
import { kill9 } from "./faults/kill9.ts";
import { isMissedLimit } from "./faults/limit.ts";
import { mutate } from "./faults/mutate.ts";
import { afterLoad } from "./faults/after_load.ts";
import { noConsumer } from "./faults/no_consumer.ts";
import { Random } from "./faults/random.ts";
import { silent } from "./faults/silent.ts";
import { slowSync } from "./faults/slow_sync.ts";
import { split } from "./faults/split.ts";
import { threadChurn } from "./faults/thread_churn.ts";
import { threadKilled } from "./faults/thread_killed.ts";
import { threadRings } from "./faults/thread_rings.ts";
import { touches } from "./faults/touches.ts";
import { SECOND_TRY } from "./second_try.ts";

const faults: readonly Fault[] = [
  split,
  mutate,
  kill9,
  powerCut,
  durableKill9,
  durableEio,
  durableFull,
  durableFlip,
  fullDisk,
  slowSync,
  noConsumer,
  silent,
  accept,
  deafCrowd,
  crowd,
  touches,
  threadKilled,
  threadRings,
  threadChurn,
  afterLoad,
];
const MAX_SEED = 0x7fffffff;
/** A fault that takes longer has failed: the broker hangs. */
const DEADLINE_MS = 30 * 60_000;
const DEADLINE_SHORT_MS = 180_000;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Math.floor(Math.random() * MAX_SEED)) },
    short: { type: "boolean", default: false },
    only: { type: "string" },
    executable: { type: "string" },
  },
});
const seed = Number(values.seed);
const chosen = faults.filter((fault) => values.only === undefined || fault.name === values.only);
if (!Number.isSafeInteger(seed) || chosen.length === 0) {
  console.error(`--seed takes a whole number, --only one of ${faults.map((fault) => fault.name)}`);
  Deno.exit(2);
}

const deadlineMs = values.short ? DEADLINE_SHORT_MS : DEADLINE_MS;
console.log(`seed ${seed}`);
// In a long run each has the machine to itself, and more load.
const together = chosen.filter(({ mostlyWaits }) => values.short && mostlyWaits);
const firstTries = await Promise.all(together.map(attempt));
let failed = 0;
for (const [at, fault] of together.entries()) await conclude(fault, firstTries[at]!);
for (const fault of chosen) {
  if (!together.includes(fault)) await conclude(fault, await attempt(fault));
}
Deno.exit(failed === 0 ? 0 : 1);

/** Says how a fault ended; if it missed a limit in a short run, after it was tried again. */
async function conclude(fault: Fault, first: End): Promise<void> {
  let end = first;
  if (values.short && isMissedLimit(end.error)) {
    console.log(`${fault.name} missed a limit and is tried again: ${end.said}`);
    end = await attempt(fault);
    if (end.error === undefined) console.log(`${SECOND_TRY}fault ${fault.name}`);
  }
  console.log(`${end.error === undefined ? "ok" : "FAILED"} ${fault.name} ${end.said}`);
  if (end.error !== undefined) failed++;
}

/** How one try ended. */
interface End {
  /** Figures, or why it failed. */
  readonly said: string;
  readonly error?: unknown;
}

/** Does its harm once, and tells how the broker stood it. */
async function attempt(fault: Fault): Promise<End> {
  const context: FaultContext = {
    random: new Random(seed, fault.name),
    short: values.short,
    command: values.executable === undefined ? undefined : [values.executable, "nsqd"],
    started: new Set(),
  };
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  try {
    const figures = await withDeadline(fault.run(context), deadlineMs, "the end of the fault");
    return { said: `${figures}, ${seconds()}` };
  } catch (error) {
    await killBrokers(context);
    return { said: `after ${seconds()}, seed ${seed}: ${reasonOf(error)}`, error: error ?? "?" };
  }
}

/** What went wrong, what caused it, and what went wrong after it while cleaning up. */
function reasonOf(error: unknown): string {
  if (error instanceof SuppressedError) {
    return `${reasonOf(error.suppressed)}\nthen: ${reasonOf(error.error)}`;
  }
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `\nbecause: ${reasonOf(error.cause)}`;
  return (error.stack ?? error.message) + cause;
}
