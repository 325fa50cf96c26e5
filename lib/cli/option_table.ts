/**
 * An option table says everything about a role's options in one place: flag, key in the
 * configuration file, kind, default and help. Parsing, help text, file and `/config` come from it.
 */

import type { Kind } from "./kind.ts";

/** One option. */
export interface OptionSpec<T> {
  /** Flag without dashes. */
  readonly flag: string;
  /** Key in the configuration file, and in `/config`; a file may have the flag's name as well. */
  readonly configKey: string;
  readonly kind: Kind<T>;
  readonly defaultValue: T;
  /** Heading in the help text. */
  readonly group: string;
  readonly help: string;
}

/** The options of a role: one row per field of its options type. */
export type OptionTable<T> = { readonly [K in keyof T]: OptionSpec<T[K]> };

/** Fields of a table with their rows, in the table's order. */
export function tableRows<T>(table: OptionTable<T>): [keyof T, OptionSpec<unknown>][] {
  return Object.entries(table) as [keyof T, OptionSpec<unknown>][];
}

/** The names that an option has in a configuration file: the reference's key, and the flag with `_`. */
export function configKeys({ flag, configKey }: OptionSpec<unknown>): readonly string[] {
  const flagKey = flag.replaceAll("-", "_");
  return flagKey === configKey ? [configKey] : [configKey, flagKey];
}

/** Returns the maker of a group's rows. The key in the file is the flag with `_` unless given. */
export function inGroup(group: string) {
  return <T>(
    flag: string,
    kind: Kind<T>,
    defaultValue: NoInfer<T>,
    help: string,
    configKey = flag.replaceAll("-", "_"),
  ): OptionSpec<T> => ({ flag, configKey, kind, defaultValue, group, help });
}
