/**
 * The steps of `.ci/run`, in the order in which a mistake shows soonest. All of them run, whatever
 * fails, so that one run tells everything. The last line printed is `N passed, N failed`, summed
 * over the test reports; a step that fails without naming a test counts as one failed.
 */
import { join, resolve } from "node:path";
import { sum, type Tally, tallyLines, tallyReports } from "./ci_report.ts";
import { secondTriesIn } from "./second_try.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const REPORT_DIR = join(ROOT, ".ci", "out");
const THREADS_REPORT_DIR = join(REPORT_DIR, "threads");
const NEWEST_REPORT_DIR = join(REPORT_DIR, "newest");
/** What a client sees of a connection is the same whichever thread serves it: these tests run in both modes. */
const THREADED_TESTS = [
  ...["protocol", "semantics", "transport", "interop", "http", "auth"],
  ...["policies/take_test.ts", "policies/stream_test.ts"],
];
/** What the runtime's sockets, TLS and HTTP server have a part in: these run on the newest Deno, too, from source. */
const FRONT_DOOR_TESTS = ["protocol", "http", "transport"];
const STEP_TIMEOUT_MS = 40 * 60_000;

interface Step {
  name: string;
  /** Arguments for Deno. */
  args: string[];
  env?: Record<string, string>;
  /** Reads the step's results: a check without tests has none. */
  tally?: (output: string) => Tally;
}

const STEPS: Step[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--lock=deno.lock", "--frozen"] },
  {
    name: "compile and test",
    args: ["task", "test", `--report-dir=${REPORT_DIR}`],
    tally: () => tallyReports(REPORT_DIR),
  },
  {
    name: "tests with I/O threads",
    args: [
      ...["run", "--env-file=scripts/registry.env", "--allow-all", "scripts/test.ts"],
      ...[`--report-dir=${THREADS_REPORT_DIR}`, ...THREADED_TESTS.map((each) => `tests/${each}`)],
    ],
    env: { NSQD_FLAGS: "--io-threads=1", NSQ_EXECUTABLE: join(ROOT, "dist", "nsq") },
    tally: () => tallyReports(THREADS_REPORT_DIR),
  },
  {
    name: "faults",
    args: ["task", "faults", "--short", "--executable", join(ROOT, "dist", "nsq")],
    tally: tallyLines,
  },
  // The last, as the two versions of Deno take what the other has cached for stale.
  {
    name: "front door on the newest Deno",
    args: [
      ...["run", "--allow-all", "scripts/newest_deno.ts"],
      ...["run", "--env-file=scripts/registry.env", "--allow-all", "scripts/test.ts", "--no-check"],
      ...[`--report-dir=${NEWEST_REPORT_DIR}`, ...FRONT_DOOR_TESTS.map((each) => `tests/${each}`)],
    ],
    tally: () => tallyReports(NEWEST_REPORT_DIR),
  },
];

/** Lines that name what passed on its second try. */
const secondTries: string[] = [];

/** Runs one step, passing its output on, and says how it went. */
async function run(step: Step): Promise<Tally> {
  console.log(`\n==> ${step.name}: deno ${step.args.join(" ")}`);
  const startMs = performance.now();
  const child = new Deno.Command(Deno.execPath(), {
    args: step.args,
    cwd: ROOT,
    env: step.env ?? {},
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  }).spawn();
  let output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    await Deno.stdout.write(new TextEncoder().encode(text));
  }
  const { success, code } = await child.status;

  secondTries.push(...secondTriesIn(output));
  const tally = readTally(step, output);
  if (!success && tally.failed === 0) tally.failed = 1;
  if (success && step.tally && tally.passed === 0) tally.failed = 1; // It ran no test at all.
  tally.failed += tally.skipped; // Nothing may be skipped here: a missing tool is a failure.
  const verdict = tally.failed > 0 ? `FAILED (exit code ${code})` : "ok";
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  console.log(`==> ${step.name}: ${verdict}, ${seconds} s`);
  if (tally.skipped > 0) console.log(`    ${tally.skipped} skipped, counted as failed`);
  return tally;
}

function readTally(step: Step, output: string): Tally {
  try {
    return step.tally?.(output) ?? sum([]);
  } catch (error) {
    console.error(`${step.name}: no report: ${error}`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

await Deno.remove(REPORT_DIR, { recursive: true }).catch((error) => {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
});
const tallies: Tally[] = [];
for (const step of STEPS) tallies.push(await run(step));
const total = sum(tallies);
if (secondTries.length > 0) {
  console.log(`\n${secondTries.length} on a second try, which is a defect to be mended:`);
  console.log(secondTries.join("\n"));
}
console.log(`\n${total.passed} passed, ${total.failed} failed`);
Deno.exit(total.failed === 0 ? 0 : 1);
