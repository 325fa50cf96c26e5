/** Progress is shown on a terminal, and nowhere else. */
import { equal, match } from "../harness/assert.ts";
import {
  eventually,
  inTerminal,
  isToolsReference,
  launchBehind,
  runTool,
  startNsqd,
} from "../harness/mod.ts";

const ERASE_LINE = "\r\x1b[2K";

Deno.test("pub and bench show progress on a terminal and none in a pipe", {
  ignore: isToolsReference,
}, async () => {
  await using nsqd = await startNsqd();
  const target = `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`;
  const pub = ["--topic=t", target, "--log-level=error"];
  const bench = [target, "--duration=700ms"];

  launchBehind(["sh", "-c", '(echo one; read -r _ </dev/tty) | "$@"', "sh"]);
  const piped = await inTerminal("pub", pub, [["1 of 1 messages acknowledged", "\n"]]);
  launchBehind([]);
  equal(piped.code, 0);
  match(piped.shown, new RegExp(`${RegExp.escape(ERASE_LINE)}$`));
  const watched = await inTerminal("bench", bench, [["━", ""], ["publish to OK", ""]]);
  equal(watched.code, 0);
  match(watched.shown, /━+─* +\d+% +published +[\d,]+\/s/);

  for (const [name, flags] of [["pub", pub], ["bench", bench]] as const) {
    const { code, stderr } = await runTool(name, flags, "two\n");
    equal(code, 0);
    equal(stderr, "");
  }
});

Deno.test("pub leaves the line alone that somebody types, and says at the end what became of it", {
  ignore: isToolsReference,
}, async () => {
  await using nsqd = await startNsqd();
  const published = async () => (await nsqd.topics("t"))[0]?.message_count ?? 0;
  const flags = ["--topic=t", `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`, "--log-level=info"];
  const typed = inTerminal("pub", flags, [["", "one\n"], ["connected", "tw"], [
    "tw",
    "o\n\x04",
  ]]);
  await eventually(async () => equal(await published(), 2));
  const { shown, code } = await typed;
  equal(code, 0);
  equal(shown.includes(ERASE_LINE), false, JSON.stringify(shown));
  match(shown, /2 of 2 messages acknowledged, .*\r\n$/);
});
