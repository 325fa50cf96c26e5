/**
 * `deno task test`: compiles first, then checks types and runs all tests, in the groups of test_groups.ts: most files side by side, as they wait for
 * clocks and other processes, then those that want rest, then those that stand no neighbours. The files of a few that failed are run again then, alone, once:
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
import { groupsOf, type TestGroups } from "./test_groups.ts";

const ROOT = resolve(import.meta.dirname!, "..");
/** Files at a time, unless `DENO_JOBS` says otherwise: each keeps less than a core busy. */
const JOBS = numberOf("DENO_JOBS") ?? Math.min(navigator.hardwareConcurrency + 1, 8);
/** Files at a time that take long, beside those: most of them have a browser, with many processes, and wait much. */
const LONG_JOBS = Math.min(navigator.hardwareConcurrency, 3);
/** Files at a time that want rest. */
const QUIET_JOBS = 3;
const REPORT_DIR = "--report-dir=";

const [reportDir = await Deno.makeTempDir({ prefix: "nsq-test-report-" })] = Deno.args
  .filter((arg) => arg.startsWith(REPORT_DIR)).map((arg) => arg.slice(REPORT_DIR.length));
const options = Deno.args.filter((arg) => arg.startsWith("-") && !arg.startsWith(REPORT_DIR));
const chosen = Deno.args.filter((arg) => !arg.startsWith("-")).map((path) => resolve(path));
const groups = groupsOf(ROOT, chosen);
if (Object.values(groups).every((files) => files.length === 0)) {
  console.error(`no tests in ${chosen.join(", ")}`);
  Deno.exit(2);
}

// All at once, and not with each group: those that import the same would be checked again and again.
const typesHold = options.includes("--no-check") || await check();
const firstTries = [
  ...await Promise.all([
    group("sideBySide", "side by side", JOBS),
    group("long", "long", LONG_JOBS),
  ]),
  await group("quiet", "with few beside them", QUIET_JOBS),
  await group("alone", "alone"),
].flat();
const { success, passedNow } = await secondTry(firstTries);
const { passed, failed, skipped } = tallyReports(reportDir);
const second = passedNow > 0 ? ` (${passedNow} on a second try)` : "";
console.log(`\nIn all: ${passed} passed, ${failed} failed, ${skipped} ignored${second}`);
if (!typesHold) console.log("The types are not in order: see above");
Deno.exit(success && typesHold ? 0 : 1);

/** What a variable of the environment says, if it is there. */
function numberOf(name: string): number | undefined {
  const text = Deno.env.get(name);
  return text === undefined ? undefined : Number(text);
}

/** Whether all types are in order, those of the tests too. */
async function check(): Promise<boolean> {
  const args = ["check", "--quiet", "--lock=deno.lock", "--frozen"];
  const child = new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdin: "null" }).spawn();
  return (await child.status).success;
}

/** Runs the tests of a group, if it has any. @param jobs files at a time; default: one after the other, in one process */
async function group(name: keyof TestGroups, how: string, jobs?: number): Promise<Run[]> {
  const files = groups[name];
  if (files.length === 0) return [];
  const args = jobs === undefined ? files : ["--parallel", ...files];
  return [await run(how, join(reportDir, `${name}.xml`), args, jobs)];
}

/** How a group of tests went. */
interface Run extends Try {
  readonly success: boolean;
  /** Path of its report. */
  readonly path: string;
}

/** Runs a group of tests. @param how for whoever reads along */
async function run(
  how: string,
  path: string,
  args: readonly string[],
  jobs?: number,
): Promise<Run> {
  console.log(`\nTests that run ${how}`);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--lock=deno.lock", "--frozen", "--no-check", "--allow-all", "--trace-leaks"],
      ...[`--junit-path=${path}`, ...options.filter((each) => each !== "--no-check"), ...args],
    ],
    cwd: ROOT,
    env: {
      ...jobs !== undefined && { DENO_JOBS: String(jobs) },
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

/** Prints what comes, in whole lines, as others may print at the same time, and gives it back. */
async function passOn(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "", printed = 0;
  const printUpTo = (end: number) => {
    const bytes = new TextEncoder().encode(text.slice(printed, end));
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    printed = end;
  };
  for await (const piece of stream.pipeThrough(new TextDecoderStream())) {
    text += piece;
    printUpTo(text.lastIndexOf("\n") + 1);
  }
  printUpTo(text.length);
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
