/** The only module that knows smol-toml: it reads a configuration file. */

import { systemReason } from "../system_reason.ts";
import { parse, TomlError } from "smol-toml";
import { UsageError } from "./usage_error.ts";

/** Some editors put it in front of a text. */
const BYTE_ORDER_MARK = /^\uFEFF/;

/**
 * Reads a TOML file. Its integers are bigints, which keeps `1` and `1.0` apart.
 *
 * @throws UsageError when the file cannot be read or is no TOML
 */
export function readConfigFile(
  path: string,
  readTextFile: (path: string) => string,
): Map<string, unknown> {
  let text: string;
  try {
    text = readTextFile(path).replace(BYTE_ORDER_MARK, "");
  } catch (error) {
    throw new UsageError(`--config: cannot read ${path}: ${systemReason(error)}`);
  }
  try {
    return new Map(Object.entries(parse(text, { integersAsBigInt: true })));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new UsageError(`--config: ${path}:${error.line}:${error.column}: ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split("\n", 1)[0] ?? "";
}
