import { type OptionTable, tableRows } from "./option_table.ts";

/** Options that do nothing unless others are set. */
export interface Need<T> {
  readonly of: readonly (keyof T)[];
  /** Whether they do something. */
  readonly isMet: (options: T) => boolean;
  /** What has to be set, as the user writes it: `--statsd-address`. */
  readonly without: string;
}

/** A line for each option that was set in vain: to what is neither its default, nor off. */
export function withoutEffect<T>(
  table: OptionTable<T>,
  options: T,
  needs: readonly Need<T>[],
): string[] {
  const isSet = (value: unknown, defaultValue: unknown) =>
    value !== "" && value !== false && JSON.stringify(value) !== JSON.stringify(defaultValue);
  const set = tableRows(table).filter(([field, spec]) => isSet(options[field], spec.defaultValue));
  const unmet = needs.filter(({ isMet }) => !isMet(options));
  return set.flatMap(([field, { flag }]) => {
    const need = unmet.find(({ of }) => of.includes(field));
    return need === undefined ? [] : [`--${flag} has no effect without ${need.without}`];
  });
}
