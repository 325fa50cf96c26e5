/** `nsq stat` against live daemons. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import {
  eventually,
  isToolsReference,
  runTool,
  startLookupd,
  startNsqd,
  startTool,
} from "../harness/mod.ts";

const HEADER =
  "------rate------+----------------depth----------------+--------------metadata---------------\n" +
  "ingress  egress |   total     mem    disk inflt   def |     req     t-o         msgs clients\n";

Deno.test("nsq stat prints the channel's figures, summed over its nodes, --count times", async () => {
  await using first = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await using second = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  for (const nsqd of [first, second]) {
    await nsqd.create("t", "c");
    await nsqd.post("/pub?topic=t", "m");
  }
  const { code, stdout } = await runTool("nsq_stat", [
    "--topic=t",
    "--channel=c",
    `--nsqd-http-address=127.0.0.1:${first.httpPort}`,
    `--nsqd-http-address=127.0.0.1:${second.httpPort}`,
    "--count=2",
    "--interval=50ms",
  ]);
  const row = "      0       0 |       2       2       0     0     0 " +
    "|       0       0            2       0\n";
  equal(code, 0);
  equal(stdout, HEADER + row + row);
});

Deno.test({
  name: "nsq stat --json prints an object a row, with rates",
  ignore: isToolsReference, // has no such flag
  async fn() {
    await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
    await nsqd.create("t", "c");
    await using stat = startTool(
      "nsq_stat",
      "--topic=t",
      "--channel=c",
      `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`,
      `--nsqd-http-address=127.0.0.1:1`,
      "--interval=100ms",
      "--json",
    );
    await stat.waitForLog(/^nsq stat: goes on without 127\.0\.0\.1:1: /);
    await nsqd.post("/mpub?topic=t", "1\n2\n3");
    const rows = () => stat.stdout.trim().split("\n").filter((line) => line !== "");
    await eventually(() => ok(rows().some((line) => JSON.parse(line).message_count === 3)));
    await stat.stop("SIGINT");
    const all = rows().map((line) => JSON.parse(line));
    const row = all.find(({ message_count }) => message_count === 3);
    deepEqual([row.topic, row.channel, row.depth, row.egress], ["t", "c", 3, 0]);
    equal(row.ingress > 0 && row.ingress <= 40, true, `${row.ingress} a second`);
    equal(stat.logLines.length, 1, "one warning");
  },
});

Deno.test("nsq stat ends with 1 for a channel that is not there", async () => {
  await using nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("t", "c");
  const address = `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`;
  const missing = await runTool("nsq_stat", ["--topic=t", "--channel=d", address]);
  equal(missing.code, 1);
  match(missing.stderr, /failed to find channel\(d\) in stats metadata for topic\(t\)\n$/);
  const nobody = ["--topic=t", "--channel=c", "--nsqd-http-address=127.0.0.1:1"];
  const { code, stderr } = await runTool("nsq_stat", nobody);
  equal(code, 1);
  match(stderr, /failed to query any nsqd: .*refused/);
});

Deno.test({
  name: "nsq stat says of an unknown topic that nobody knows it, and blames no daemon",
  ignore: isToolsReference,
  async fn() {
    await using lookupd = await startLookupd();
    await using nsqd = await startNsqd();
    const names = ["--topic=nope", "--channel=c"];
    const unknown = await runTool("nsq_stat", [
      ...names,
      `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
    ]);
    deepEqual([unknown.code, unknown.stderr], [1, "nsq stat: no lookupd knows topic(nope)\n"]);
    const half = await runTool("nsq_stat", [
      ...names,
      `--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`,
      "--lookupd-http-address=127.0.0.1:1",
    ]);
    match(
      half.stderr,
      /^nsq stat: no lookupd knows topic\(nope\) \(no answer from 127\.0\.0\.1:1: /,
    );
    const direct = await runTool("nsq_stat", [
      ...names,
      `--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`,
    ]);
    deepEqual([direct.code, direct.stderr], [1, "nsq stat: no nsqd has topic(nope)\n"]);
  },
});

Deno.test({
  name: "nsq stat refuses contradictory flags in one line with exit code 2",
  ignore: isToolsReference, // 1 there
  async fn() {
    const nsqd = "--nsqd-http-address=127.0.0.1:1";
    const refuses = async (pattern: RegExp, ...flags: string[]) => {
      const { code, stderr } = await runTool("nsq_stat", flags);
      deepEqual([code, stderr.split("\n").length], [2, 2]);
      match(stderr, pattern);
    };
    await refuses(/--topic and --channel are required/, nsqd);
    const names = ["--topic=t", "--channel=c"];
    await refuses(/address or --lookupd-http-address required/, ...names);
    await refuses(/not both/, ...names, nsqd, "--lookupd-http-address=127.0.0.1:1");
    await refuses(/--nsqd-http-address: .*scheme/, ...names, "--nsqd-http-address=http://x:1");
    await refuses(/--count: 0 is out of range/, ...names, nsqd, "--count=0");
    await refuses(/--interval/, ...names, nsqd, "--interval=0s");
  },
});
