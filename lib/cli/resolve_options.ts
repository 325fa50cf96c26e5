/** Puts together what the flags, the configuration file and the defaults say. */

import type { FlagSpec } from "./flag_parser.ts";
import { configKeys, type OptionSpec, type OptionTable, tableRows } from "./option_table.ts";
import { UsageError } from "./usage_error.ts";
import { ValueError } from "../value_error.ts";

/** A configuration file that was read. */
export interface ConfigFile {
  readonly path: string;
  readonly values: ReadonlyMap<string, unknown>;
}

/** Where a value came from. */
export type Source = "flag" | "file" | "default";

/** Options with their values, and where each came from. */
export interface ResolvedOptions<T> {
  readonly options: T;
  readonly sources: { readonly [K in keyof T]: Source };
}

/**
 * Chooses each option's value: flag over file over default. A file's value that a flag overrides is
 * not looked at.
 *
 * @throws UsageError naming the flag, or the file and key, whose value will not do
 */
export function resolveOptions<T>(
  table: OptionTable<T>,
  flags: ReadonlyMap<string, readonly string[]>,
  file: ConfigFile | undefined,
): ResolvedOptions<T> {
  const options = {} as Record<keyof T, unknown>;
  const sources = {} as Record<keyof T, Source>;
  for (const [field, spec] of tableRows(table)) {
    const texts = flags.get(spec.flag);
    if (texts !== undefined) {
      sources[field] = "flag";
      options[field] = readValue(`--${spec.flag}`, () => spec.kind.fromFlags(texts));
      continue;
    }
    const key = keyInFile(spec, file);
    sources[field] = key === undefined ? "default" : "file";
    options[field] = key === undefined
      ? spec.defaultValue
      : readValue(`${file!.path}: ${key}`, () => spec.kind.fromConfig(file!.values.get(key)));
  }
  return { options: options as T, sources };
}

/**
 * The name under which the file has an option; undefined when it has not.
 * @throws UsageError when it has both names
 */
function keyInFile(
  spec: OptionSpec<unknown>,
  file: ConfigFile | undefined,
): string | undefined {
  const [key, other] = configKeys(spec).filter((each) => file?.values.has(each));
  if (other !== undefined) {
    throw new UsageError(`${file!.path}: ${key} and ${other} are one option, keep one of them`);
  }
  return key;
}

/** The flags of a table for the parser and the help text. */
export function flagSpecs<T>(table: OptionTable<T>): FlagSpec[] {
  return tableRows(table).map(([, spec]) => ({
    flag: spec.flag,
    isBoolean: spec.kind.isBoolean,
    valueName: spec.kind.valueName,
    choices: spec.kind.choices,
    group: spec.group,
    help: spec.help,
    defaultText: spec.kind.format(spec.defaultValue),
  }));
}

/** Runs `read`, naming in its error where the value stood. */
function readValue(where: string, read: () => unknown): unknown {
  try {
    return read();
  } catch (error) {
    throw error instanceof ValueError ? new UsageError(`${where}: ${error.message}`) : error;
  }
}
