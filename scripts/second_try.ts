/**
 * A second try for tests that failed: what the report and the output of `deno test` say about a try, and what the second one makes of the
 * first. A report names the file that calls `Deno.test`, which may be a harness; only the output tells which test file it was.
 */

/** With more files than this something is broken, not late. */
export const MOST_FILES = 5;

/** How a line of output begins that names a test which passed on its second try. */
export const SECOND_TRY = "failed at first, passed when run again alone: ";

/** Stands for a test where a file failed outside of its tests. */
export const UNCAUGHT = "uncaught error";

const CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([^]*?)<\/testcase>)/g;
const FAILURE = /<(failure|error)\b[^>]*?(?:\/>|>[^]*?<\/\1>)/g;

/** A test by its file and name; steps belong to their test. */
export interface TestName {
  readonly file: string;
  readonly test: string;
}

/** What one try came to. */
export interface Try {
  readonly failed: readonly TestName[];
  readonly passed: readonly TestName[];
  /** Names that have failed by the report, and nobody knows in which file. */
  readonly unknown: readonly string[];
}

/**
 * Reads what became of a try.
 *
 * @param report JUnit, of all files
 * @param output what was printed, with or without colours
 */
export function readTry(report: string, output: string): Try {
  const cases = casesOf(report);
  const all = new Set(cases.map(({ name }) => name));
  const tests = cases.filter(({ name }) => testOf(name, all) === name);
  const failedNames = new Set(tests.filter(({ failed }) => failed).map(({ name }) => name));
  const names = new Set(tests.map(({ name }) => name));
  const failed: TestName[] = [], passed: TestName[] = [];
  let current = "";
  // deno-lint-ignore no-control-regex
  for (const line of output.replace(/\x1b\[[\d;]*m/g, "").split("\n")) {
    current = /^running \d+ tests? from (\S+)$/.exec(line)?.[1] ?? current;
    const uncaught = /^(\S+) \(uncaught error\)$/.exec(line)?.[1];
    if (uncaught !== undefined) failed.push({ file: uncaught, test: UNCAUGHT });
    const [, file = current, test = "", end] =
      /^(?:(\.\/\S+) => )?(.*) \.\.\. (ok|FAILED|cancelled)(?: \(.*\))?$/.exec(line) ?? [];
    if (end === "ok" && names.has(test)) passed.push({ file, test });
    else if (end !== undefined && failedNames.has(test)) failed.push({ file, test });
  }
  const known = new Set(failed.map(({ test }) => test));
  const different = failed.filter((each, index) => !includes(failed.slice(0, index), each));
  return {
    failed: different,
    passed,
    unknown: [...failedNames].filter((name) => !known.has(name)),
  };
}

/** Whether a test is among others. */
export function includes(tests: readonly TestName[], { file, test }: TestName): boolean {
  return tests.some((each) => each.file === file && each.test === test);
}

/** What failed in one try and passed in the next. A file that failed outside of its tests must now have nothing that fails. */
export function passedOnSecondTry(first: Try, second: Try): TestName[] {
  return first.failed.filter(({ file, test }) =>
    test === UNCAUGHT
      ? second.passed.some((each) => each.file === file) &&
        !second.failed.some((each) => each.file === file)
      : includes(second.passed, { file, test })
  );
}

/** The report in which these tests have passed, and these have failed that it knows nothing of. */
export function amended(
  report: string,
  passed: readonly TestName[],
  failed: readonly TestName[] = [],
): string {
  const left = new Map<string, number>(); // tests of several files may have one name
  for (const { test } of passed) left.set(test, (left.get(test) ?? 0) + 1);
  const all = new Set(casesOf(report).map(({ name }) => name));
  let xml = report.replace(CASE, (text, escaped) => {
    const name = unescape(escaped), count = left.get(name) ?? 0;
    if (count === 0 || text.search(FAILURE) < 0) return text;
    left.set(name, count - 1);
    return text.replace(FAILURE, "");
  });
  const stillFailed = new Set(casesOf(xml).filter((each) => each.failed).map(({ name }) => name));
  xml = xml.replace(CASE, (text, escaped) => {
    const test = testOf(unescape(escaped), all);
    return left.has(test) && !stillFailed.has(test) ? text.replace(FAILURE, "") : text;
  });
  const suites = failed.map(({ file, test }) =>
    `    <testsuite name="${escape(file)}" tests="1" disabled="0" errors="0" failures="1">
        <testcase name="${escape(test)}" classname="${escape(file)}" time="0.000">
            <failure message="failed"/>
        </testcase>
    </testsuite>\n`
  );
  xml = xml.replace("</testsuites>", () => `${suites.join("")}</testsuites>`);
  const sums: Record<string, number> = {
    tests: xml.match(/<testcase /g)?.length ?? 0,
    failures: xml.match(/<failure\b/g)?.length ?? 0,
    errors: xml.match(/<error\b/g)?.length ?? 0,
  };
  return xml.replace(
    /<testsuites [^>]*>/,
    (head) =>
      head.replace(/ (tests|failures|errors)="\d*"/g, (_, name) => ` ${name}="${sums[name]}"`),
  );
}

/** The lines in some output that name what passed on a second try. */
export function secondTriesIn(output: string): string[] {
  return output.split("\n").filter((line) => line.startsWith(SECOND_TRY));
}

function casesOf(report: string): { name: string; failed: boolean }[] {
  return Array.from(report.matchAll(CASE), ([, name = "", content = ""]) => ({
    name: unescape(name),
    failed: content.search(FAILURE) >= 0,
  }));
}

/** The name of the test that a case of a report belongs to: itself, or that of which it is a step. @param all names of all cases */
function testOf(name: string, all: ReadonlySet<string>): string {
  const parts = name.split(" > ");
  const lengths = parts.map((_, index) => index + 1);
  const length = lengths.find((each) => all.has(parts.slice(0, each).join(" > ")));
  return parts.slice(0, length).join(" > ");
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (char) => ENTITIES[char]!);
}

function unescape(text: string): string {
  return text.replace(/&(\w+|#\d+);/g, (entity, name: string) => {
    if (name.startsWith("#")) return String.fromCodePoint(Number(name.slice(1)));
    if (name === "apos") return "'";
    return Object.keys(ENTITIES).find((char) => ENTITIES[char] === entity) ?? entity;
  });
}
