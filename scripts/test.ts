/**
 * `deno task test`: compiles first, then runs all tests. Most of them wait for clocks and other processes, so several files
 * run side by side; those that stand no neighbours run after them, alone. The files of a few that failed are run again then, alone, once:
 * what passes that time counts as passed, and is named. Prints the sum at the end.
 *
 * deno task test [--report-dir=DIR] [options of `deno test`, as --name=value] [files and folders]
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { tallyReports } from "./ci_report.ts";
import {
  amended,
  includes,
  MOST_FILES,
  passedOnSecondTry,
  readTry,
  SECOND_TRY,
  type Try,
  UNCAUGHT,
} from "./second_try.ts";
import { groupsOf } from "./test_groups.ts";

const ROOT = resolve(import.meta.dirname!, "..");
/** Files at a time, unless `DENO_JOBS` says otherwise: each keeps less than a core busy. More than some would be many browsers. */
const JOBS = Math.min(2 * navigator.hardwareConcurrency, 8);
const REPORT_DIR = "--report-dir=";

const [reportDir = await Deno.makeTempDir({ prefix: "nsq-test-report-" })] = Deno.args
  .filter((arg) => arg.startsWith(REPORT_DIR)).map((arg) => arg.slice(REPORT_DIR.length));
const options = Deno.args.filter((arg) => arg.startsWith("-") && !arg.startsWith(REPORT_DIR));
const chosen = Deno.args.filter((arg) => !arg.startsWith("-")).map((path) => resolve(path));
const { sideBySide, alone } = groupsOf(ROOT, chosen);
if (sideBySide.length + alone.length === 0) {
  console.error(`no tests in ${chosen.join(", ")}`);
  Deno.exit(2);
}

const firstTries: Run[] = [];
if (sideBySide.length > 0) {
  firstTries.push(
    await run("side by side", reportOf("side-by-side"), ["--parallel", ...sideBySide]),
  );
}
if (alone.length > 0) firstTries.push(await run("alone", reportOf("alone"), alone));
const { success, passedNow } = await secondTry(firstTries);
const { passed, failed, skipped } = tallyReports(reportDir);
const second = passedNow > 0 ? ` (${passedNow} on a second try)` : "";
console.log(`\nIn all: ${passed} passed, ${failed} failed, ${skipped} ignored${second}`);
Deno.exit(success ? 0 : 1);

function reportOf(group: string): string {
  return join(reportDir, `${group}.xml`);
}

/** How a group of tests went. */
interface Run extends Try {
  readonly success: boolean;
  /** Path of its report. */
  readonly path: string;
}

/** Runs a group of tests. @param how for whoever reads along */
async function run(how: string, path: string, args: readonly string[]): Promise<Run> {
  console.log(`\nTests that run ${how}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--lock=deno.lock", "--frozen", "--allow-all", "--trace-leaks"],
      ...[`--junit-path=${path}`, ...options, ...args],
    ],
    cwd: ROOT,
    env: {
      DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(JOBS),
      ...Deno.stdout.isTerminal() && { FORCE_COLOR: "1" },
    },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const [output, { success }] = await Promise.all([passOn(child.stdout), child.status]);
  const report = existsSync(path) ? Deno.readTextFileSync(path) : "";
  return { success, path, ...readTry(report, output) };
}

/** Prints what comes, and gives it back. */
async function passOn(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) {
    text += decoder.decode(piece, { stream: true });
    for (let rest = piece; rest.length > 0;) rest = rest.subarray(await Deno.stdout.write(rest));
  }
  return text;
}

/** Runs the files again that failed, if they are few, and puts into the reports what became of them. */
async function secondTry(runs: readonly Run[]): Promise<{ success: boolean; passedNow: number }> {
  const files = new Set(runs.flatMap(({ failed }) => failed.map(({ file }) => file)));
  const unexplained = runs.some(({ success, failed, unknown }) =>
    !success && (failed.length === 0 || unknown.length > 0)
  );
  if (files.size === 0) return { success: !unexplained, passedNow: 0 };
  if (files.size > MOST_FILES) {
    console.log(`\n${files.size} files failed: too many for a second try`);
    return { success: false, passedNow: 0 };
  }
  const path = await Deno.makeTempFile({ prefix: "nsq-test-again-", suffix: ".xml" });
  const again = await run("again, alone", path, [...files]);
  await Deno.remove(path);
  const lines: string[] = [];
  let success = again.success && !unexplained;
  for (const first of runs.filter(({ failed }) => failed.length > 0)) {
    const passed = passedOnSecondTry(first, again);
    const ownFiles = new Set(first.failed.map(({ file }) => file));
    const onlyNow = again.failed.filter((each) =>
      ownFiles.has(each.file) && !includes(first.failed, each)
    );
    const uncaught = first.failed.filter((each) =>
      each.test === UNCAUGHT && !includes(passed, each)
    );
    success &&= passed.length === first.failed.length;
    Deno.writeTextFileSync(
      first.path,
      amended(Deno.readTextFileSync(first.path), passed, [...onlyNow, ...uncaught]),
    );
    lines.push(...passed.map(({ file, test }) => `${SECOND_TRY}${file}: ${test}`));
  }
  console.log(`\n${lines.join("\n")}`);
  return { success, passedNow: lines.length };
}
