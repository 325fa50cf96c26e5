/**
 * `deno task test`: compiles first, then runs all tests. Most of them wait for clocks and other processes, so several files
 * run side by side; those that stand no neighbours run after them, alone. Prints the sum at the end.
 *
 * deno task test [--report-dir=DIR] [options of `deno test`, as --name=value] [files and folders]
 */
import { join, resolve } from "node:path";
import { tallyReports } from "./ci_report.ts";
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

let success = true;
if (sideBySide.length > 0) success = await run("side-by-side", ["--parallel", ...sideBySide]);
if (alone.length > 0) success = await run("alone", alone) && success;
const { passed, failed, skipped } = tallyReports(reportDir);
console.log(`\nIn all: ${passed} passed, ${failed} failed, ${skipped} ignored`);
Deno.exit(success ? 0 : 1);

/** Runs a group of tests; whether all went well. */
async function run(group: string, args: readonly string[]): Promise<boolean> {
  console.log(`\nTests that run ${group.replaceAll("-", " ")}`);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--lock=deno.lock", "--frozen", "--allow-all", "--trace-leaks"],
      ...[`--junit-path=${join(reportDir, `${group}.xml`)}`, ...options, ...args],
    ],
    cwd: ROOT,
    env: { DENO_JOBS: Deno.env.get("DENO_JOBS") ?? String(JOBS) },
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).output();
  return success;
}
