import type { Guard, HttpApi, RequestContext } from "../../lib/http/api.ts";
import { HttpError } from "../../lib/http/http_error.ts";
import { queryOf } from "../../lib/http/parameters.ts";
import type { Query } from "../../lib/http/query.ts";
import type { Answer } from "../../lib/http/respond.ts";
import type { ProcessFigures } from "../../lib/metrics/process_figures.ts";
import type { Logger } from "../../lib/log/logger.ts";
import { isValidName } from "../../lib/wire/names.ts";
import type { Clock } from "../clock.ts";
import type { Counters } from "../counters.ts";
import type { LookupdOptions } from "../option_table.ts";
import type { Registry } from "../registry/registry.ts";

/** What the HTTP API asks of the lookupd that it belongs to. */
export interface LookupdHost {
  readonly options: LookupdOptions;
  readonly logger: Logger;
  readonly registry: Registry;
  /** Who may call what, by `--http-auth-file`; null: everybody everything. */
  readonly guard: Guard | null;
  readonly clock: Clock;
  readonly process: Pick<ProcessFigures, "families">;
  /** Commands of the TCP protocol, by their name. */
  readonly commands: Counters;
  /** Requests of the HTTP API, by their route. */
  readonly requests: Counters;
  /** Open TCP connections. */
  connectionCount(): number;
  /** "OK", or why nobody should ask here now. */
  readiness(): string;
}

/** Adds a counted route whose handler is given the query. It may throw an `HttpError`. */
export function addRoute(
  api: HttpApi,
  host: LookupdHost,
  method: "GET" | "POST",
  path: string,
  handler: (query: Query) => Answer,
): void {
  api.route(method, path, (context: RequestContext) => {
    host.requests.count(path);
    return handler(queryOf(context, host.logger));
  });
}

/** A parameter that must be given, valid or not. @throws HttpError 400 */
export function required(query: Query, name: "topic" | "channel" | "node"): string {
  const value = query.get(name);
  if (value === undefined) throw new HttpError(400, `MISSING_ARG_${name.toUpperCase()}`);
  return value;
}

/** The valid name that a parameter gives. @throws HttpError 400 */
export function requiredName(query: Query, name: "topic" | "channel"): string {
  const value = required(query, name);
  if (!isValidName(value)) throw new HttpError(400, `INVALID_ARG_${name.toUpperCase()}`);
  return value;
}
