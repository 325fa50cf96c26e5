import type { Logger } from "../log/logger.ts";
import { parseQuery, type Query } from "./query.ts";
import { requestQuery } from "./target.ts";

/** The last query: who publishes sends the same one again and again. */
let last: { raw: string; query: Query } = { raw: "", query: new Map() };

/**
 * The query parameters of a request.
 *
 * @throws HttpError 400 INVALID_REQUEST
 */
export function queryOf(
  context: { readonly req: { readonly url: string } },
  logger: Logger,
): Query {
  const raw = requestQuery(context.req.url);
  if (raw === last.raw) return last.query;
  try {
    const query = parseQuery(raw);
    last = { raw, query };
    return query;
  } catch (error) {
    logger.error(`failed to parse request params - ${JSON.stringify(raw)}`);
    throw error;
  }
}
