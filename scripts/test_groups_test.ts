import {
  deepStrictEqual as deepEqual,
  doesNotMatch,
  strictEqual as equal,
} from "node:assert/strict";
import { join, resolve } from "node:path";
import { ALONE, groupsOf, QUIET } from "./test_groups.ts";

const ROOT = resolve(import.meta.dirname!, "..");

/** The files that git knows, and those that it would be given. */
async function testFilesOfGit(): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((path) => /_test\.tsx?$/.test(path))
    .map((path) => join(ROOT, path)).sort();
}

Deno.test("groupsOf puts every test file into one of the groups", async () => {
  const { sideBySide, long, quiet, alone } = groupsOf(ROOT);
  deepEqual(
    [...sideBySide, ...long, ...quiet, ...alone].sort(),
    await testFilesOfGit(),
  );
  equal(alone.length, ALONE.length, "all that are in the list are there");
  equal(quiet.length, QUIET.length, "all that are in the list are there");
  equal(long.length > 0, true);
  for (const path of sideBySide.filter((each) => each.includes("/tests/"))) {
    doesNotMatch(Deno.readTextFileSync(path), /browserSuite\(/, path);
  }
});

Deno.test("groupsOf takes folders and files", () => {
  const file = join(ROOT, "tests/semantics/retry_test.ts");
  deepEqual(groupsOf(ROOT, [file]), { sideBySide: [], long: [], quiet: [file], alone: [] });
  const { sideBySide, long, quiet, alone } = groupsOf(ROOT, [join(ROOT, "tests/semantics")]);
  const all = [...sideBySide, ...quiet, ...alone];
  equal(all.every((path) => path.includes("/tests/semantics/")), true);
  equal(Math.min(sideBySide.length, quiet.length, alone.length) > 0, true);
  deepEqual(long, []);
});
