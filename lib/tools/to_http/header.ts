import { ValueError } from "../../value_error.ts";

/**
 * Reads a header as `--header` gives it.
 *
 * @returns name and value, without the spaces around them
 * @throws ValueError when it is no `name: value` that HTTP can carry
 */
export function parseHeader(text: string): [name: string, value: string] {
  const colon = text.indexOf(":");
  const name = text.slice(0, Math.max(colon, 0)).trim(), value = text.slice(colon + 1).trim();
  try {
    if (name === "" || value === "") throw new TypeError("a part is missing");
    new Headers([[name, value]]);
  } catch {
    throw new ValueError(`${JSON.stringify(text)} is not of the form "name: value"`);
  }
  return [name, value];
}
