import type { Logger } from "../log/logger.ts";
import { parseQuery, type Query } from "./query.ts";
import { requestTarget } from "./target.ts";

/**
 * The query parameters of a request.
 *
 * @throws HttpError 400 INVALID_REQUEST
 */
export function queryOf(
  context: { readonly req: { readonly url: string } },
  logger: Logger,
): Query {
  const raw = requestTarget(context.req.url).query ?? "";
  try {
    return parseQuery(raw);
  } catch (error) {
    logger.error(`failed to parse request params - ${JSON.stringify(raw)}`);
    throw error;
  }
}
