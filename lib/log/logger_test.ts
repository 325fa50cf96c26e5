import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { parseLogLevel } from "./level.ts";
import { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
import { createWallClock } from "./wall_clock.ts";

/** A moment of local time with microseconds, so that the test holds in every time zone. */
const NOON_MS = new Date(2026, 10, 2, 13, 4, 5, 67).getTime() + 0.890;

function collect(options: Partial<LoggerOptions>): { logger: Logger; lines: string[] } {
  const lines: string[] = [];
  const logger = createLogger({
    level: 1,
    prefix: "[nsqd] ",
    format: "text",
    now: () => NOON_MS,
    write: (line) => void lines.push(new TextDecoder().decode(line)),
    ...options,
  });
  return { logger, lines };
}

Deno.test("createLogger writes the reference's line format", () => {
  const { logger, lines } = collect({});
  logger.debug("a");
  logger.info("b");
  logger.warn("c");
  logger.error("d");
  logger.fatal("e\n");
  const wanted = ["DEBUG: a", "INFO: b", "WARNING: c", "ERROR: d", "FATAL: e"];
  for (const [index, line] of lines.entries()) {
    match(line, /^\[nsqd\] 2026\/11\/02 13:04:05\.0678(89|90) [A-Z]+: [a-e]\n$/);
    strictEqual(line.split(" ").slice(3).join(" "), wanted[index] + "\n");
  }
  strictEqual(lines.length, wanted.length);
});

Deno.test("createLogger writes one JSON object a line", () => {
  const { logger, lines } = collect({ format: "json", now: () => 1_795_309_323_123.5 });
  logger.warn('say "hi"\nthere');
  deepStrictEqual(lines, [
    '{"time":"2026-11-22T01:02:03.123500Z","level":"warn","component":"nsqd",' +
    '"msg":"say \\"hi\\"\\nthere"}\n',
  ]);
});

Deno.test("createLogger writes one line, whatever the text", () => {
  const hostile = "peer\n[nsqd] 2026/01/01 00:00:00 INFO: forged\x1b[2J\u202e";
  const text = collect({});
  text.logger.info(hostile);
  match(
    text.lines.join(""),
    /^[^\n]*INFO: peer\\n\[nsqd\] 2026\/01\/01 00:00:00 INFO: forged\\x1b\[2J\\u202e\n$/,
  );
  const json = collect({ format: "json" });
  json.logger.info(hostile);
  strictEqual(json.lines.join("").split("\n").length, 2);
  strictEqual(JSON.parse(json.lines[0]!).msg, hostile);
});

Deno.test("createLogger leaves out an empty prefix", () => {
  const json = collect({ format: "json", prefix: "", now: () => 0 });
  json.logger.info("x");
  deepStrictEqual(json.lines, [
    '{"time":"1970-01-01T00:00:00.000000Z","level":"info","msg":"x"}\n',
  ]);
  const text = collect({ prefix: "" });
  text.logger.info("x");
  match(text.lines.join(""), /^2026\//);
});

Deno.test("createLogger drops what is below its level, which may change", () => {
  const { logger, lines } = collect({ level: 3 });
  logger.info("dropped");
  deepStrictEqual([logger.enabled(2), logger.enabled(3)], [false, true]);
  logger.level = 2;
  logger.debug("dropped");
  logger.info("kept");
  strictEqual(lines.length, 1);
});

Deno.test("createLogger goes on when stderr cannot be written", async () => {
  const script = `
    import { createLogger } from ${JSON.stringify(new URL("logger.ts", import.meta.url).href)};
    createLogger({ level: 1, prefix: "", format: "text" }).info("lost");
    console.log("alive");`;
  const { code, stdout } = await new Deno.Command("sh", {
    args: ["-c", 'exec "$0" eval --no-lock "$1" 2>/dev/full', Deno.execPath(), script],
  }).output();
  deepStrictEqual([code, new TextDecoder().decode(stdout)], [0, "alive\n"]);
});

Deno.test("parseLogLevel knows the five words in any case", () => {
  deepStrictEqual(["debug", "INFO", "Warn", "error", "fatal"].map(parseLogLevel), [1, 2, 3, 4, 5]);
  deepStrictEqual(["", "2", "warning", "constructor"].map(parseLogLevel), Array(4).fill(undefined));
});

Deno.test("createWallClock adds microseconds and follows a changed system time", () => {
  let date = 1000;
  let timer = 5;
  const now = createWallClock(() => date, () => timer);
  timer += 0.25;
  strictEqual(now(), 1000.25);
  date += 3_600_000;
  strictEqual(now(), 3_601_000);
  timer += 0.5;
  strictEqual(now(), 3_601_000.5);
});
