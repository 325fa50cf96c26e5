import { deepStrictEqual as deepEqual, throws } from "node:assert/strict";
import { sum, tallyJunit, tallyLines, tallyReports } from "./ci_report.ts";
import { TemporaryDirectory } from "../tests/harness/mod.ts";

const REPORT = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="4" failures="1" errors="0" time="0.011">
    <testsuite name="./j_test.ts" tests="4" disabled="1" errors="0" failures="1">
        <testcase name="a" classname="./j_test.ts" time="0.000" line="1" col="6">
        </testcase>
        <testcase name="b &lt;failure &gt;" classname="./j_test.ts" time="0.001" line="1" col="30">
            <failure message="Uncaught">Error: &lt;failure&gt; boom</failure>
        </testcase>
        <testcase name="c" classname="./j_test.ts" time="0.000" line="2" col="6">
            <skipped/>
        </testcase>
        <testcase name="d" classname="./j_test.ts" time="0.000" line="2" col="48">
        </testcase>
    </testsuite>
</testsuites>`;

Deno.test("tallyJunit counts passed, failed and skipped test cases", () => {
  deepEqual(tallyJunit(REPORT), { passed: 2, failed: 1, skipped: 1 });
  deepEqual(tallyJunit(`<testsuites name="deno test" tests="0"></testsuites>`), {
    passed: 0,
    failed: 0,
    skipped: 0,
  });
});

Deno.test("tallyReports adds the reports of a folder up, of which there must be one", () => {
  using folder = new TemporaryDirectory();
  throws(() => tallyReports(folder.path), /no report/);
  folder.write("alone.xml", REPORT);
  folder.write("side-by-side.xml", REPORT);
  folder.write("notes.txt", REPORT);
  deepEqual(tallyReports(folder.path), { passed: 4, failed: 2, skipped: 2 });
});

Deno.test("tallyLines counts lines that start with a verdict", () => {
  const output = "seed 7\nok split 900 bytes\nFAILED kill seed 7\nbroker ok again\n";
  deepEqual(tallyLines(output), { passed: 1, failed: 1, skipped: 0 });
});

Deno.test("sum adds tallies up", () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  deepEqual(sum([one, one]), { passed: 2, failed: 4, skipped: 6 });
});
