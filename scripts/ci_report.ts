/** Results of test runs, read from JUnit reports and printed lines. */
import { join } from "node:path";

/** How many tests ended how. */
export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Counts the test cases of one JUnit report, as `deno test --junit-path` writes it. */
export function tallyJunit(xml: string): Tally {
  const count = (tag: RegExp) => xml.match(tag)?.length ?? 0; // Texts in it have `<` escaped.
  const failed = count(/<failure[ >]/g) + count(/<error[ >]/g);
  const skipped = count(/<skipped/g);
  return { passed: count(/<testcase /g) - failed - skipped, failed, skipped };
}

/** Sum of all JUnit reports in a folder. @throws {Error} when there is none */
export function tallyReports(folder: string): Tally {
  const reports = Array.from(Deno.readDirSync(folder)).filter(({ name }) => name.endsWith(".xml"));
  if (reports.length === 0) throw new Error(`no report in ${folder}`);
  return sum(reports.map(({ name }) => tallyJunit(Deno.readTextFileSync(join(folder, name)))));
}

/** Counts the lines `ok NAME …` and `FAILED NAME …` that `scripts/faults.ts` prints. */
export function tallyLines(output: string): Tally {
  const lines = output.split("\n");
  const count = (start: string) => lines.filter((line) => line.startsWith(start)).length;
  return { passed: count("ok "), failed: count("FAILED "), skipped: 0 };
}

/** Sum of all tallies. */
export function sum(tallies: Tally[]): Tally {
  return tallies.reduce((a, b) => ({
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  }), { passed: 0, failed: 0, skipped: 0 });
}
