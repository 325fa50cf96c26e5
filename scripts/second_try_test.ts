import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { tallyJunit } from "./ci_report.ts";
import { amended, passedOnSecondTry, readTry, SECOND_TRY, secondTriesIn } from "./second_try.ts";

const FAILED = `<failure message="Uncaught Error: &lt;x&gt;">Error: &lt;x&gt;</failure>`;
const CANCELLED = `<error message="Cancelled"/>`;
const SHARED = "they share it";

/** A report as `deno test` writes it: tests that a harness registers are in a suite of the harness, whichever file they are from. */
function report(...suites: [name: string, content: string][][]): string {
  const all = suites.map((cases, number) => {
    const lines = cases.map(([name, content]) =>
      `        <testcase name="${name}" classname="./${number}.ts" time="0.001" line="1" col="6">
            ${content}
        </testcase>\n`
    );
    return `    <testsuite name="./${number}.ts" tests="9" disabled="0" errors="9" failures="9">
${lines.join("")}    </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="99" failures="99" errors="99" time="0.011">
${all.join("")}</testsuites>`;
}

const FIRST = report(
  [[SHARED, ""], [SHARED, FAILED], ["a &gt; &quot;2&quot;", FAILED]],
  [
    ["steps", FAILED],
    ["steps &gt; one", ""],
    ["steps &gt; two", FAILED],
    ["ignored", "<skipped/>"],
    ["late", CANCELLED],
  ],
);
const FIRST_OUTPUT = `
./a_test.ts => ${SHARED} ... ok (1ms)
./a_test.ts => a > "2" ... FAILED (1s)
./b_test.ts => ${SHARED} ... \x1b[0m\x1b[31mFAILED\x1b[0m \x1b[0m\x1b[38;5;245m(12ms)\x1b[0m
./b_test.ts => steps ... one ... ok (0ms)
./b_test.ts => steps ... two ... FAILED (5ms)
./b_test.ts => steps ... FAILED (due to 1 failed step) (59ms)
./b_test.ts => ignored ... ignored (0ms)
Uncaught error from ./c_test.ts FAILED
./c_test.ts => late ... cancelled (0ms)

 FAILURES

a > "2" => ./0.ts:1:6
./c_test.ts (uncaught error)
./c_test.ts (uncaught error)
`;

Deno.test("readTry names what failed by test file, which the report alone does not tell", () => {
  const { failed, passed, unknown } = readTry(FIRST, FIRST_OUTPUT);
  deepEqual(failed.map(({ file, test }) => `${file} ${test}`), [
    './a_test.ts a > "2"',
    `./b_test.ts ${SHARED}`,
    "./b_test.ts steps",
    "./c_test.ts late",
    "./c_test.ts uncaught error",
  ]);
  deepEqual(passed, [{ file: "./a_test.ts", test: SHARED }]);
  deepEqual(unknown, []);
});

Deno.test("readTry says what no line of the output explains", () => {
  const { failed, unknown } = readTry(FIRST, FIRST_OUTPUT.replace(/^.*cancelled.*$/m, ""));
  equal(failed.length, 4);
  deepEqual(unknown, ["late"]);
  deepEqual(readTry("", "error: Type checking failed."), { failed: [], passed: [], unknown: [] });
});

/** A second try of files in which these cases are, by file; not `--parallel`. */
function second(files: Record<string, [name: string, content: string][]>, more = "") {
  const output = Object.entries(files).map(([file, cases]) =>
    `running ${cases.length} tests from ${file}\n` +
    cases.map(([name, content]) =>
      content === ""
        ? `${name} ... ok (1ms)\n`
        : `${name} ...\n  step ... ok\n${name} ... FAILED (1ms)\n`
    ).join("")
  );
  return readTry(report(...Object.values(files)), output.join("") + more);
}

Deno.test("passedOnSecondTry tells what failed on the first try only", () => {
  const first = readTry(FIRST, FIRST_OUTPUT);
  const told = (...tries: Parameters<typeof second>) =>
    passedOnSecondTry(first, second(...tries)).map(({ file, test }) => `${file} ${test}`);
  const b: [string, string][] = [[SHARED, ""], ["steps", FAILED]];
  deepEqual(told({ "./b_test.ts": b, "./c_test.ts": [["late", ""]] }), [
    `./b_test.ts ${SHARED}`,
    "./c_test.ts late",
    "./c_test.ts uncaught error",
  ]);
  deepEqual(told({ "./c_test.ts": [["late", ""]] }, "./c_test.ts (uncaught error)\n"), [
    "./c_test.ts late",
  ]);
  deepEqual(told({ "./a_test.ts": [["another", ""]] }), [], "what is not run has not passed");
});

Deno.test("amended has one result for each test, and right sums", () => {
  deepEqual(tallyJunit(FIRST), { passed: 2, failed: 5, skipped: 1 });
  const file = "./b_test.ts";
  const passed = [SHARED, "steps"].map((test) => ({ file, test }));
  const xml = amended(FIRST, passed);
  deepEqual(tallyJunit(xml), { passed: 5, failed: 2, skipped: 1 });
  match(xml, /<testsuites name="deno test" tests="8" failures="1" errors="1" time="0.011">/);
  deepEqual(readTry(xml, FIRST_OUTPUT).unknown, []);
  equal(amended(xml, passed), xml);
});

Deno.test("amended keeps a failure of another file's test of the same name", () => {
  const xml = report([[SHARED, FAILED], [SHARED, FAILED], [`${SHARED} &gt; step`, FAILED]]);
  const passed = [{ file: "./a_test.ts", test: SHARED }];
  deepEqual(tallyJunit(amended(xml, passed)), { passed: 1, failed: 2, skipped: 0 });
  const both = [...passed, { file: "./b_test.ts", test: SHARED }];
  deepEqual(tallyJunit(amended(xml, both)), { passed: 3, failed: 0, skipped: 0 });
});

Deno.test("amended adds what failed and stands in no report", () => {
  const failed = [{ file: "./c_test.ts", test: 'uncaught "<error>"' }];
  const xml = amended(report([["a", ""]]), [], failed);
  deepEqual(tallyJunit(xml), { passed: 1, failed: 1, skipped: 0 });
  deepEqual(readTry(xml, "").unknown, ['uncaught "<error>"']);
});

Deno.test("secondTriesIn finds the lines that name them", () => {
  const line = `${SECOND_TRY}./a_test.ts: a 1`;
  deepEqual(secondTriesIn(`x\n${line}\ny ${line}\n`), [line]);
});
