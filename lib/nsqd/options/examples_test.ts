import { deepStrictEqual as deepEqual, ok } from "node:assert/strict";
import { tableRows } from "../../cli/option_table.ts";
import { parseNsqdOptions } from "../options.ts";
import { NSQD_EXAMPLES } from "./examples.ts";
import { nsqdOptionTable } from "./table.ts";

Deno.test("NSQD_EXAMPLES has an example for every group of flags", () => {
  const groups = new Set(tableRows(nsqdOptionTable("")).map(([, { group }]) => group));
  const titles = NSQD_EXAMPLES.map(({ title }) => title.replace(/:.*/, ""));
  deepEqual([...groups].filter((group) => !titles.includes(group)), []);
});

/** Expects that nsqd starts with the flags of every line `nsq nsqd …` in `text`; how many there are. */
function checkCommands(text: string): number {
  const joined = text.replaceAll(/\\\n */g, "");
  const commands = [...joined.matchAll(/(?<=^|`)nsq nsqd (--(?!help)[^`\n]*)/gm)].map((
    [, flags = ""],
  ) => flags);
  for (const flags of commands) {
    const warned: string[] = [];
    const words = flags.trim().split(/ +/).map((word) => word.replaceAll("'", "")); // as a shell does
    const parsed = parseNsqdOptions(words, {
      hostname: () => "host",
      readTextFile: () => "mem_queue_size = 100000",
      warn: (line) => warned.push(line),
    });
    ok("options" in parsed, flags);
    deepEqual(warned, [], flags);
  }
  return commands.length;
}

Deno.test("NSQD_EXAMPLES gives flags that are taken, without a warning", () => {
  const text = NSQD_EXAMPLES.flatMap(({ lines }) => lines).join("\n");
  ok(checkCommands(text.replaceAll("`", "")) >= 9);
});

Deno.test("README and docs give flags that nsqd takes, without a warning", async () => {
  for (const path of ["./README.md", "../../../docs/configuration.md"]) {
    ok(checkCommands(await Deno.readTextFile(new URL(path, import.meta.url))) >= 9, path);
  }
});
