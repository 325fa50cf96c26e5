import { HttpError } from "./http_error.ts";
import { percentBytes, percentDecode } from "./percent.ts";

/** Query parameters; of a name given twice, the first value counts. */
export type Query = ReadonlyMap<string, string>;

/**
 * Parses a query string the way NSQ's daemons do: stricter than browsers, in that a bad escape or
 * a semicolon refuses the request.
 *
 * @throws HttpError 400 INVALID_REQUEST
 */
export function parseQuery(raw: string): Query {
  const query = new Map<string, string>();
  for (const pair of raw.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = percentDecode(equals < 0 ? pair : pair.slice(0, equals), true);
    const value = percentDecode(equals < 0 ? "" : pair.slice(equals + 1), true);
    if (pair.includes(";") || name === undefined || value === undefined) {
      throw new HttpError(400, "INVALID_REQUEST");
    }
    if (!query.has(name)) query.set(name, value);
  }
  return query;
}

/** The first value of a parameter in a query string that {@link parseQuery} takes, as bytes: it need not be UTF-8. */
export function parameterBytes(raw: string, name: string): Uint8Array | undefined {
  for (const pair of raw.split("&")) {
    const equals = pair.indexOf("=");
    if (pair === "" || percentDecode(equals < 0 ? pair : pair.slice(0, equals), true) !== name) {
      continue;
    }
    return percentBytes(equals < 0 ? "" : pair.slice(equals + 1), true);
  }
  return undefined;
}
