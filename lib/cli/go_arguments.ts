/**
 * Go's flag syntax, brought into the one form that any parser reads alike.
 *
 * Go takes one dash or two, `=` or the next argument for the value, and a boolean without value or
 * with `=` only. The first argument that is no flag, or `--`, ends the flags.
 */

import { UsageError } from "./usage_error.ts";

/** What a command line says, flags in the form `--name=value`. */
export interface GoArguments {
  /** `--name=value`; a flag nobody knows stands last and bare, as nothing after it is looked at. */
  readonly flags: string[];
  /** What follows the flags. Go's daemons ignore it. */
  readonly rest: string[];
  /** Whether `-h` or `--help` was met; nothing after it was looked at. */
  readonly help: boolean;
  /** The flag nobody knows as it was typed, such as `-x`, without its value; undefined where all are known. */
  readonly unknown?: string;
}

/** How a flag takes its value; undefined for a name that is no flag. */
export type FlagForm = "boolean" | "value" | undefined;

const HELP_NAMES = new Set(["h", "help"]);

/**
 * Reads a command line.
 *
 * @throws UsageError for an argument like `---x` or `-=x`, and for a flag without its value
 */
export function readGoArguments(
  args: readonly string[],
  formOf: (name: string) => FlagForm,
): GoArguments {
  const flags: string[] = [];
  let index = 0;
  while (index < args.length) {
    const arg = args[index] ?? "";
    if (arg.length < 2 || !arg.startsWith("-")) break;
    index++;
    if (arg === "--") break;
    const body = arg.replace(/^--?/, "");
    if (/^[-=]/.test(body)) throw new UsageError(`bad flag syntax: ${arg}`);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const form = formOf(name);
    if (form === undefined) {
      if (HELP_NAMES.has(name)) return { flags, rest: [], help: true };
      const unknown = arg.slice(0, arg.length - body.length) + name;
      return { flags: [...flags, `--${name}`], rest: [], help: false, unknown };
    }
    if (equals >= 0) flags.push(`--${body}`);
    else if (form === "boolean") flags.push(`--${name}=true`);
    else if (index < args.length) flags.push(`--${name}=${args[index++]}`);
    else throw new UsageError(`--${name}: needs a value`);
  }
  return { flags, rest: args.slice(index), help: false };
}
