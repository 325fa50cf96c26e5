import type { RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { parseDuration } from "../../go/duration.ts";
import { queryOf } from "./arguments.ts";
import type { HttpTopic, NsqdHost } from "./host.ts";

/** Why an ephemeral channel has no past. */
export const EPHEMERAL = "an ephemeral channel cannot begin in the past";

const DATE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * The message of a durable topic that a request names in the parameter `name`: `earliest`, `now`, a time in RFC 3339, or how long ago (`-15m`).
 * @returns its index; undefined without the parameter
 * @throws HttpError 400 that says what is wrong
 */
export function parsePosition(
  host: NsqdHost,
  context: RequestContext,
  topic: HttpTopic,
  name: string,
): number | undefined {
  const query = queryOf(context, host.logger);
  const text = query.get(name);
  if (text === undefined) return undefined;
  const { journal } = topic;
  if (journal === null) throw new HttpError(400, `${name} needs a durable topic: see --durable`);
  if (query.get("channel")?.endsWith("#ephemeral")) throw new HttpError(400, EPHEMERAL);
  if (text === "earliest") return journal.firstIndex;
  if (text === "now") return journal.endIndex;
  const unixMs = timeOf(text, name);
  if (unixMs > Date.now()) throw new HttpError(400, `${name}: ${text} is in the future`);
  return journal.indexAt(unixMs);
}

function timeOf(text: string, name: string): number {
  if (DATE.test(text) && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  if (text.startsWith("-")) {
    try {
      return Date.now() - parseDuration(text.slice(1));
    } catch {
      // what is right is said below
    }
  }
  throw new HttpError(
    400,
    `${name} is none of: earliest, now, a time such as 2026-11-26T12:00:00Z, how long ago such as -15m`,
  );
}
