import { deepStrictEqual as deepEqual, match, ok, throws } from "node:assert/strict";
import { readCommandLine } from "./command_line.ts";
import { text } from "./kind.ts";
import { inGroup } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";

const COMMAND = {
  text: {
    name: "nsq example",
    summary: "What it does.",
    examples: [{ title: "Usual", lines: ["nsq example \\", "  --data-path=x"] }],
  },
  programName: "example",
  table: { dataPath: inGroup("Storage")("data-path", text(), "", "a folder") },
  deprecated: [{ flag: "worker-id", instead: "--node-id" }],
};

/** What a command line gives, with `file` as the contents of every configuration file. */
function read(args: string[], file = "") {
  const warned: string[] = [];
  const parsed = readCommandLine(COMMAND, args, {
    readTextFile: () => file,
    hostname: () => "host",
    warn: (line) => warned.push(line),
  });
  return { parsed, warned };
}

Deno.test("readCommandLine gives options and where they came from", () => {
  const file = 'data_path = "file"';
  deepEqual(read([]).parsed, { options: { dataPath: "" }, sources: { dataPath: "default" } });
  deepEqual(read(["-config=x"], file).parsed, {
    options: { dataPath: "file" },
    sources: { dataPath: "file" },
  });
  deepEqual(read(["--config", "x", "--data-path=flag"], file).parsed, {
    options: { dataPath: "flag" },
    sources: { dataPath: "flag" },
  });
});

Deno.test("readCommandLine warns of what has no effect", () => {
  const { warned } = read(["--verbose", "--worker-id", "--config=x", "more"], "verbose = true");
  deepEqual(warned, [
    "--verbose is deprecated and has no effect, use --log-level",
    "--worker-id is deprecated and has no effect, use --node-id",
    "ignored, as flags end there: more",
    'x: unknown key "verbose" is ignored',
  ]);
  deepEqual(read(["--verbose=false"]).warned, []);
});

Deno.test("readCommandLine gives version and help, the version only without help", () => {
  const { parsed } = read(["--version"]);
  ok("version" in parsed);
  match(parsed.version, /^example v/);
  const { parsed: help } = read(["--version", "--help"]);
  ok("help" in help);
  match(help.help, /^Usage: nsq example \[flags\]\n\nWhat it does\.\n/);
  match(help.help, /\n {2}--verbose\n.*deprecated.*\n {2}--worker-id\n/);
  match(help.help, /\nExamples:\n {2}# Usual\n {2}nsq example \\\n {4}--data-path=x\n$/);
});

Deno.test("readCommandLine names what will not do", () => {
  throws(() => read(["--nope"]), UsageError);
  throws(
    () => read(["--config=x"], "data_path = 7"),
    /^UsageError: x: data_path: expected a string/,
  );
});
