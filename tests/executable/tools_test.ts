/** The tools in the compiled executable, whose permissions are those it was compiled with. */
import { match, strictEqual as equal } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { eventually } from "../harness/eventually.ts";
import { TemporaryDirectory } from "../harness/files.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { executablePath, type Outcome } from "./executable.ts";

/** Runs the executable in `cwd` with no environment, to its end; with `enough`, it is told to stop when that resolves. */
async function runFor(
  args: readonly string[],
  cwd: string,
  input: string,
  enough?: () => Promise<void>,
): Promise<Outcome> {
  const child = new Deno.Command(executablePath(), {
    args: [...args],
    cwd,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  if (enough !== undefined) {
    await enough();
    child.kill("SIGTERM");
  }
  const { code, stdout, stderr } = await output;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("executable publishes, prints, archives and shows figures, without an environment", async () => {
  using dir = new TemporaryDirectory();
  await using nsqd = await startNsqd({ command: [executablePath(), "nsqd"] });
  const tcp = `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
  await nsqd.create("orders", "tail", "archive");
  const pub = await runFor(["pub", "--topic=orders", tcp, "--json"], dir.path, "one\ntwo\n");
  equal(pub.code, 0, pub.stderr);
  equal(JSON.parse(pub.stdout).acknowledged, 2);

  const tailFlags = ["--topic=orders", "--channel=tail", "-n=2", tcp];
  const tail = await runFor(["tail", ...tailFlags], dir.path, "");
  equal(tail.code, 0, tail.stderr);
  equal(tail.stdout.split("\n").sort().join(), ",one,two");

  const archive = await runFor(
    [
      "nsq_to_file",
      ...["--topic=orders", "--channel=archive", tcp, "--gzip", "--sync-interval=50ms"],
      "--output-dir=archive",
    ],
    dir.path,
    "",
    () => eventually(async () => equal((await nsqd.channel("orders", "archive")).depth, 0)),
  );
  equal(archive.code, 0, archive.stderr);
  const [file] = [...Deno.readDirSync(`${dir.path}/archive`)];
  match(file!.name, /^orders\..*\.log\.gz$/);
  const members = Deno.readFileSync(`${dir.path}/archive/${file!.name}`);
  equal(gunzipSync(members).toString().split("\n").sort().join(), ",one,two");

  const http = `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`;
  const statFlags = ["--topic=orders", "--channel=archive", http, "--count=1", "--interval=50ms"];
  const stat = await runFor(["stat", ...statFlags, "--json"], dir.path, "");
  equal(stat.code, 0, stat.stderr);
  equal(JSON.parse(stat.stdout).depth, 0);
});
