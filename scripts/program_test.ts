import { ok, strictEqual as equal } from "node:assert/strict";
import { isAbsolute } from "node:path";
import { executableFlags, sourceCommand } from "./program.ts";

Deno.test("executableFlags has the broker's rights and heap, and asks nobody", () => {
  const flags = executableFlags();
  for (const flag of ["--no-prompt", "--allow-net", "--allow-read", "--allow-write"]) {
    ok(flags.includes(flag), flag);
  }
  ok(flags.some((flag) => /^--v8-flags=--\S+$/.test(flag)), flags.join(" "));
  ok(!flags.some((flag) => /lock|frozen/.test(flag)), flags.join(" "));
});

Deno.test("sourceCommand starts the role it is asked for, with the packages of the lock file", () => {
  const command = sourceCommand("lookupd");
  equal(command[0], Deno.execPath());
  ok(command.includes("--frozen"), command.join(" "));
  ok(isAbsolute(command.at(-2)!), command.join(" "));
  equal(command.at(-1), "lookupd");
});
