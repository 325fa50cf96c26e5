import { match, ok, strictEqual as equal } from "node:assert/strict";
import { TemporaryDirectory } from "../harness/files.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { executablePath, run } from "./executable.ts";

/** Nobody can make a file under it, not even root. */
const UNWRITABLE_HOME = "/dev/null";
const SIZE_LIMIT_BYTES = 105_000_000;
const START_LIMIT_MS = 200;

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

Deno.test("executable starts a broker within 200 ms and keeps what was published", async () => {
  using dir = new TemporaryDirectory();
  const settings = { dataPath: dir.path, command: [executablePath(), "nsqd"] };
  const startsMs: number[] = [];
  for (const expectedDepth of [1, 2, 3]) {
    const startMs = performance.now();
    await using nsqd = await startNsqd(settings);
    startsMs.push(performance.now() - startMs);
    await nsqd.post("/pub?topic=kept", `message ${expectedDepth}`);
    equal((await nsqd.topic("kept")).depth, expectedDepth);
  }
  ok(Math.min(...startsMs) < START_LIMIT_MS, `best of three starts: ${Math.min(...startsMs)} ms`);
});
