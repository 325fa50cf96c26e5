import { deepStrictEqual, throws } from "node:assert/strict";
import { readConfigFile } from "./config_file.ts";
import { UsageError } from "./usage_error.ts";

Deno.test("readConfigFile keeps whole numbers apart from floats", () => {
  const toml = 'a = 1\nb = 1.0\nc = "x"\nd = [\n  1.0,\n  "y"\n]\ne = true\n';
  deepStrictEqual(
    readConfigFile("nsqd.cfg", () => toml),
    new Map<string, unknown>([["a", 1n], ["b", 1], ["c", "x"], ["d", [1, "y"]], ["e", true]]),
  );
});

Deno.test("readConfigFile says in one line where the file is no TOML", () => {
  throws(() => readConfigFile("nsqd.cfg", () => "a = 1\nb = = 2\n"), (error: unknown) => {
    return error instanceof UsageError && /^--config: nsqd\.cfg:2:\d+: [^\n]+$/.test(error.message);
  });
});

Deno.test("readConfigFile says which file cannot be read", () => {
  const missing = () => {
    throw new Deno.errors.NotFound("no such file");
  };
  throws(
    () => readConfigFile("nsqd.cfg", missing),
    new UsageError("--config: cannot read nsqd.cfg: no such file"),
  );
});
