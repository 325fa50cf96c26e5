/** What the routes have in common: partial failures, upstream errors, bodies and names. */

import { readBody } from "../../lib/http/body.ts";
import type { RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { type DaemonError, describeErrors, UpstreamError } from "../../lib/cluster/answer.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { AdminHost } from "../host.ts";

/** Larger than any body that is sent here. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** What an answer's `message` says of daemons that failed; "" when none did. */
export function warning(host: AdminHost, errors: readonly DaemonError[]): string {
  if (errors.length === 0) return "";
  const text = describeErrors(errors);
  host.logger.warn(text);
  return `WARNING: ${text}`;
}

/**
 * Asks the cluster.
 *
 * @param what that is, for the log
 * @throws HttpError 502 UPSTREAM_ERROR when nobody answers
 */
export async function upstream<T>(host: AdminHost, what: string, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    host.logger.error(`failed to ${what} - ${error.message}`);
    throw new HttpError(502, `UPSTREAM_ERROR: ${error.message}`, { cause: error });
  }
}

/** A segment of the path. */
export function parameter(context: RequestContext, name: "topic" | "channel" | "node"): string {
  return context.req.param(name) ?? "";
}

/** A segment of the path that is to be changed. @throws HttpError 400 unless it is a valid name */
export function nameParameter(context: RequestContext, name: "topic" | "channel"): string {
  return checkedName(parameter(context, name), name);
}

/** @throws HttpError 400 unless it is a valid name */
export function checkedName(value: string, what: "topic" | "channel"): string {
  if (!isValidName(value)) throw new HttpError(400, `INVALID_${what.toUpperCase()}`);
  return value;
}

/**
 * Text fields of a JSON body, "" for those that are missing. Names count in any case, as in Go.
 *
 * @throws HttpError 400
 */
export async function bodyFields<Name extends string>(
  context: RequestContext,
  names: readonly Name[],
): Promise<Record<Name, string>> {
  const bytes = await readBody(context.req.raw, MAX_BODY_BYTES);
  const given = parseObject(new TextDecoder().decode(bytes.subarray(0, MAX_BODY_BYTES)));
  const fields = Object.fromEntries(names.map((name) => [name, ""])) as Record<Name, string>;
  for (const [key, value] of Object.entries(given)) {
    const name = names.find((each) => each === key.toLowerCase());
    if (name === undefined || value === null) continue;
    if (typeof value !== "string") throw new HttpError(400, "INVALID_BODY");
    fields[name] = value;
  }
  return fields;
}

function parseObject(text: string): object {
  if (text.trim() === "") throw new HttpError(400, "EOF");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HttpError(400, "INVALID_BODY", { cause: error });
  }
  if (typeof value !== "object" || Array.isArray(value)) throw new HttpError(400, "INVALID_BODY");
  return value ?? {};
}
