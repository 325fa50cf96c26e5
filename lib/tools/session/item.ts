/** What is found or done, one thing at a time. */

/** What a field of an {@link Item} can be. */
export type Value =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Value[]
  | { readonly [field: string]: Value };

/** One thing that was found or done, as `--json` shows it. Its fields have the names of nsqd's API. */
export type Item = { readonly [field: string]: Value };

/** A field that a table shows, and its heading; without one, the field's name. */
export type Column = string | readonly [field: string, heading: string];
