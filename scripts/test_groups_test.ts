import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { join, resolve } from "node:path";
import { ALONE, groupsOf } from "./test_groups.ts";

const ROOT = resolve(import.meta.dirname!, "..");

/** The files that git knows, and those that it would be given. */
async function testFilesOfGit(): Promise<string[]> {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const { stdout } = await new Deno.Command("git", { args, cwd: ROOT }).output();
  return new TextDecoder().decode(stdout).split("\n").filter((path) => /_test\.tsx?$/.test(path))
    .map((path) => join(ROOT, path)).sort();
}

Deno.test("groupsOf puts every test file into one of the two groups", async () => {
  const { sideBySide, alone } = groupsOf(ROOT);
  deepEqual([...sideBySide, ...alone].sort(), await testFilesOfGit());
  equal(alone.length, ALONE.length, "all that are in the list are there");
});

Deno.test("groupsOf takes folders and files", () => {
  const file = join(ROOT, "tests/semantics/retry_test.ts");
  deepEqual(groupsOf(ROOT, [file]), { sideBySide: [], alone: [file] });
  const { sideBySide, alone } = groupsOf(ROOT, [join(ROOT, "tests/semantics")]);
  equal([...sideBySide, ...alone].every((path) => path.includes("/tests/semantics/")), true);
  equal(sideBySide.length > 0 && alone.length > 0, true);
});
