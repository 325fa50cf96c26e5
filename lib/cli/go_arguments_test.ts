import { deepStrictEqual, throws } from "node:assert/strict";
import { readGoArguments } from "./go_arguments.ts";
import { UsageError } from "./usage_error.ts";

const FORMS = new Map([["data-path", "value"], ["snappy", "boolean"]] as const);
const read = (...args: string[]) =>
  readGoArguments(args, (name) => FORMS.get(name as "snappy" | "data-path"));

Deno.test("readGoArguments takes one dash or two and a value either way", () => {
  for (
    const args of [["-data-path", "x"], ["--data-path", "x"], ["-data-path=x"], ["--data-path=x"]]
  ) {
    deepStrictEqual(read(...args), { flags: ["--data-path=x"], rest: [], help: false });
  }
});

Deno.test("readGoArguments takes the next word as value whatever it looks like", () => {
  deepStrictEqual(read("--data-path", "--snappy", "-snappy").flags, [
    "--data-path=--snappy",
    "--snappy=true",
  ]);
  deepStrictEqual(read("--data-path=a=b", "--data-path=").flags, [
    "--data-path=a=b",
    "--data-path=",
  ]);
});

Deno.test("readGoArguments gives a boolean its value by = only", () => {
  deepStrictEqual(read("--snappy", "false"), {
    flags: ["--snappy=true"],
    rest: ["false"],
    help: false,
  });
  deepStrictEqual(read("-snappy=false").flags, ["--snappy=false"]);
});

Deno.test("readGoArguments ends at --, a lone dash and the first other word", () => {
  deepStrictEqual(read("--", "--snappy").rest, ["--snappy"]);
  deepStrictEqual(read("-", "--snappy").rest, ["-", "--snappy"]);
  deepStrictEqual(read("", "--snappy").rest, ["", "--snappy"]);
  deepStrictEqual(read("x", "--snappy").rest, ["x", "--snappy"]);
});

Deno.test("readGoArguments stops at help and at an unknown flag", () => {
  for (const help of ["-h", "--h", "-help", "--help"]) {
    deepStrictEqual(read("-snappy", help, "---"), {
      flags: ["--snappy=true"],
      rest: [],
      help: true,
    });
  }
  deepStrictEqual(read("--nope=1", "---").flags, ["--nope"]);
});

Deno.test("readGoArguments refuses bad syntax and a missing value", () => {
  throws(() => read("---snappy"), new UsageError("bad flag syntax: ---snappy"));
  throws(() => read("-=x"), new UsageError("bad flag syntax: -=x"));
  throws(() => read("-data-path"), new UsageError("--data-path: needs a value"));
});
