/** What does not answer is named once, with the reason. */
import { doesNotMatch, equal, match } from "../harness/assert.ts";
import { isToolsReference, runTool, startLookupd, startNsqd, startTool } from "../harness/mod.ts";

const NOBODY = "127.0.0.1:1";
const TWICE = /127\.0\.0\.1:1\b.*127\.0\.0\.1:1\b/;

/** Tools that end when nobody answers. */
const ENDING: [string, string[]][] = [
  ["nsq_stat", ["--topic=t", "--channel=c", "--count=1", `--nsqd-http-address=${NOBODY}`]],
  ["nsq_stat", ["--topic=t", "--channel=c", "--count=1", `--lookupd-http-address=${NOBODY}`]],
  ["top", [`--nsqd-http-address=${NOBODY}`]],
  ["to_nsq", ["--topic=t", `--lookupd-http-address=${NOBODY}`]],
  ["bench", [`--nsqd-tcp-address=${NOBODY}`]],
];
for (const [name, flags] of ENDING) {
  Deno.test({
    name: `${name} ${flags.at(-1)} says once who does not answer`,
    ignore: isToolsReference, // other words
    async fn() {
      const { code, stderr } = await runTool(name, flags, "a line\n");
      equal(code === 0, false);
      match(stderr, /127\.0\.0\.1:1\b.* connection refused/);
      for (const line of stderr.split("\n")) doesNotMatch(line, TWICE);
    },
  });
}

Deno.test({
  name: "nsq_tail says once who does not answer, and goes on trying",
  ignore: isToolsReference,
  async fn() {
    await using tail = startTool("nsq_tail", "--topic=t", `--nsqd-tcp-address=${NOBODY}`);
    doesNotMatch(await tail.waitForLog(/ connection refused/), TWICE);
  },
});

Deno.test({
  name: "who takes one daemon's HTTP port for the other's is asked about it",
  ignore: isToolsReference,
  async fn() {
    await using nsqd = await startNsqd();
    await using lookupd = await startLookupd();
    const nsqdAsLookupd = `--lookupd-http-address=127.0.0.1:${nsqd.httpPort}`;
    const stat = ["--topic=t", "--channel=c", "--count=1", nsqdAsLookupd];
    const cases: [string, string[], RegExp][] = [
      ["topic", ["ls", nsqdAsLookupd], / - is it nsqd's HTTP port in place of nsqlookupd's\?$/m],
      ["nsq_stat", stat, / - is it nsqd's HTTP port in place of nsqlookupd's\?$/m],
      [
        "node",
        ["ls", `--nsqd-http-address=127.0.0.1:${lookupd.httpPort}`],
        / - is it nsqlookupd's HTTP port in place of nsqd's\?$/m,
      ],
    ];
    for (const [name, flags, says] of cases) match((await runTool(name, flags)).stderr, says);
    const slash = [`--nsqd-http-address=http://127.0.0.1:${nsqd.httpPort}/`];
    match((await runTool("topic", ["ls", ...slash])).stderr, /: leave out "\/"$/m);
  },
});
