/** What one does to a cluster in use, rehearsed: no acknowledged message may be missing. */
import { match } from "node:assert/strict";
import { dirname, join } from "node:path";
import { run } from "../../scripts/release/run.ts";
import { handoverReferencePath, projectFolder, TemporaryDirectory } from "../harness/mod.ts";

const EXECUTABLE = Deno.env.get("NSQ_EXECUTABLE") ?? join(projectFolder, "dist", "nsq");

function rehearse(...args: string[]): Promise<string> {
  const script = ["run", "-A", "--lock=deno.lock", "--frozen", "scripts/rehearsal.ts"];
  return run(
    Deno.execPath(),
    [...script, ...args, `--before=${EXECUTABLE}`, `--after=${EXECUTABLE}`],
    projectFolder,
  );
}

Deno.test("a cluster under load is upgraded broker by broker, and loses nothing", async () => {
  const printed = await rehearse("upgrade");
  match(printed, /^nsqd 3: drained, now ours: nothing left/m);
  match(printed, /^lookupd 2: stopped/m);
  match(printed, /, 0 lost$/m);
});

Deno.test("a cluster under load moves to other programs daemon by daemon, and back, and loses nothing", async () => {
  using folder = new TemporaryDirectory();
  // Where there are none of Go's, ours go by their names.
  for (const name of ["nsqd", "nsqlookupd"]) Deno.symlinkSync(EXECUTABLE, join(folder.path, name));
  const reference = handoverReferencePath === undefined
    ? folder.path
    : dirname(handoverReferencePath);
  const printed = await rehearse("move", `--reference=${reference}`);
  match(printed, /^nsqd 3: stopped, now ours/m);
  match(printed, /^nsqd 3: stopped, now Go's/m);
  match(printed, /, 0 lost$/m);
});
