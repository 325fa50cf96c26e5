import { match, ok, strictEqual as equal } from "node:assert/strict";
import { TemporaryDirectory } from "../harness/files.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { executablePath, run } from "./executable.ts";

/** Nobody can make a file under it, not even root. */
const UNWRITABLE_HOME = "/dev/null";
const SIZE_LIMIT_BYTES = 105_000_000;

Deno.test("executable is under 105 MB", () => {
  ok(Deno.statSync(executablePath()).size < SIZE_LIMIT_BYTES);
});

Deno.test("executable says its version and helps, from any directory and without a home", async () => {
  using dir = new TemporaryDirectory();
  const place = { cwd: dir.path, env: { HOME: UNWRITABLE_HOME } };
  const version = await run(["--version"], place);
  equal(version.code, 0, version.stderr);
  match(version.stdout, /\d+\.\d+\.\d+/);
  for (const args of [["--help"], ["nsqd", "--help"]]) {
    const help = await run(args, place);
    equal(help.code, 0, help.stderr);
    match(help.stdout, /nsqd/);
    equal(help.stderr, "");
  }
  equal(dir.names().length, 0, "nothing is left behind");
});

Deno.test("executable names an unknown flag and exits with 2", async () => {
  using dir = new TemporaryDirectory();
  const { code, stderr } = await run(["nsqd", "--no-such-flag=1"], { cwd: dir.path });
  equal(code, 2);
  match(stderr, /no-such-flag/);
  equal(dir.names().length, 0, "nothing is opened before flags are understood");
});

Deno.test("executable says where a flag stands that is at the wrong place", async () => {
  using dir = new TemporaryDirectory();
  const cases: [args: string[], says: RegExp][] = [
    [["--verison"], /^nsq: unknown option "--verison", did you mean --version\?/],
    [["--tcp-address=:1"], /^nsq: unknown option "--tcp-address=:1", flags stand behind a command/],
    [["standalone", "--msg-timeout=5s"], /as in nsq standalone -- --msg-timeout$/m],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await run(args, { cwd: dir.path });
    equal(code, 2);
    match(stderr, says);
  }
});

Deno.test("executable starts a broker again and again, and keeps what was published", async () => {
  using dir = new TemporaryDirectory();
  const settings = { dataPath: dir.path, command: [executablePath(), "nsqd"] };
  for (const expectedDepth of [1, 2, 3]) {
    await using nsqd = await startNsqd(settings);
    await nsqd.post("/pub?topic=kept", `message ${expectedDepth}`);
    equal((await nsqd.topic("kept")).depth, expectedDepth);
  }
});
