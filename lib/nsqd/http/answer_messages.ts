import type { HttpApi, RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";
import { MESSAGE_ID_BYTES } from "../../wire/protocol.ts";
import type { HttpConsumer } from "../consumers/http_consumer.ts";
import { consumerNames } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { durationParameter } from "./numbers.ts";

/** Does something with one message. False if it is not in flight. */
type Action = (consumer: HttpConsumer, id: Uint8Array) => boolean;

/** `/message/finish`, `/message/requeue` and `/message/touch`, by whoever has the lease. */
export function addAnswerRoutes(api: HttpApi, host: NsqdHost): void {
  const add = (name: string, actionOf: (query: Query) => Action, own: readonly string[] = []) =>
    api.route("POST", `/message/${name}`, (context) => answer(host, context, name, actionOf), {
      logged: false,
      parameters: ["topic", "channel", "lease", "id", ...own],
    });
  add("finish", () => ({ subscription }, id) => subscription.finish(id, 0));
  add("touch", () => ({ subscription }, id) => subscription.touch(id, 0));
  add("requeue", (query) => {
    const delayMs = durationParameter(query, "delay", 0, 0, host.options.maxReqTimeoutMs);
    return ({ subscription }, id) => subscription.requeue(id, 0, Math.round(delayMs));
  }, ["delay"]);
}

/**
 * Does something with the messages that `id` lists, or with all that the lease covers.
 * @throws HttpError 404 when none of them is in flight under that lease
 */
async function answer(
  host: NsqdHost,
  context: RequestContext,
  command: string,
  actionOf: (query: Query) => Action,
): Promise<object> {
  const { query, topic, channel } = await consumerNames(host, context, command);
  const lease = query.get("lease");
  if (lease === undefined) throw new HttpError(400, "MISSING_ARG_LEASE");
  const ids = query.get("id")?.split(",");
  const wrong = ids?.find((id) => id.length !== MESSAGE_ID_BYTES);
  if (wrong !== undefined) throw new HttpError(400, `id: ${wrong} is no message id`);
  const action = actionOf(query);
  const consumer = host.consumers.ofLease(lease);
  const isKnown = consumer?.topic === topic && consumer.channel === channel;
  if (!isKnown) throw notInFlight();
  consumer.lastUsedMs = performance.now();
  const missing: string[] = [];
  let count = 0;
  for (const id of ids ?? consumer.subscription.inFlightIds()) {
    if (action(consumer, encoder.encode(id))) count++;
    else missing.push(id);
  }
  if (count === 0) throw notInFlight();
  return { count, ...(missing.length > 0 && { not_in_flight: missing }) };
}

const encoder = new TextEncoder();

function notInFlight(): HttpError {
  return new HttpError(
    404,
    "not in flight under this lease: it was answered, it timed out, or the lease is of another",
  );
}
