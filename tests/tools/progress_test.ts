/** Progress is shown on a terminal, and nowhere else. */
import { equal, match } from "../harness/assert.ts";
import { inTerminal, isToolsReference, runTool, startNsqd } from "../harness/mod.ts";

const ERASE_LINE = "\r\x1b[2K";

Deno.test("pub and bench show progress on a terminal and none in a pipe", {
  ignore: isToolsReference,
}, async () => {
  await using nsqd = await startNsqd();
  const target = `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
  const pub = ["--topic=t", target, "--log-level=error"];
  const bench = [target, "--duration=700ms"];

  const typed = await inTerminal("pub", pub, [
    ["0 of 0 messages", "one\n"],
    ["1 of 1 messages acknowledged", "\x04"],
  ]);
  equal(typed.code, 0);
  match(typed.shown, new RegExp(`${RegExp.escape(ERASE_LINE)}$`));
  const watched = await inTerminal("bench", bench, [["━", ""], ["publish to OK", ""]]);
  equal(watched.code, 0);
  match(watched.shown, /━+─* +\d+% +published +[\d,]+\/s/);

  for (const [name, flags] of [["pub", pub], ["bench", bench]] as const) {
    const { code, stderr } = await runTool(name, flags, "two\n");
    equal(code, 0);
    equal(stderr, "");
  }
});
