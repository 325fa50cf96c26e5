import type { HttpApi, RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";
import { respondJsonText } from "../../http/respond.ts";
import type { ClientAuth } from "../auth/authorizer.ts";
import type { HttpClient } from "../consumers/http_consumer.ts";
import {
  ChannelGone,
  type ConsumeRequest,
  NotSubscribed,
  Stopping,
} from "../consumers/http_consumers.ts";
import { streamMessages } from "../consumers/message_stream.ts";
import { callerOf, consumerNames } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { choiceParameter, durationParameter, integerParameter } from "./numbers.ts";
import { settled } from "./settled.ts";

/** A message that nobody answers for comes back no sooner than this. */
const MIN_TIMEOUT_MS = 1000;
const MAX_WAIT_MS = 300_000;
const DEFAULT_IN_FLIGHT = 100;

const CONSUMER_PARAMETERS = ["topic", "channel", "timeout", "client_id", "ack"];

/** Who answers for messages: the client, or the broker once they are sent. */
const ACKS = ["manual", "auto"] as const;

/** `/channel/take` and `/channel/stream`: consumers without a client library. */
export function addConsumeRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/channel/take", (context) => take(host, context), {
    logged: false,
    parameters: [...CONSUMER_PARAMETERS, "count", "wait"],
  });

  api.route("GET", "/channel/stream", async (context) => {
    const { query, request } = await consumeRequest(host, context, "stream");
    const { maxRdyCount } = host.options;
    const maxInFlight = Math.min(DEFAULT_IN_FLIGHT, maxRdyCount);
    const count = integerParameter(query, "max_in_flight", maxInFlight, 1, maxRdyCount);
    const isAuto = choiceParameter(query, "ack", ACKS) === "auto";
    const consumer = await subscribed(host, request, () => host.consumers.open(request));
    const isEvents = /\btext\/event-stream\b/.test(context.req.header("Accept") ?? "");
    return streamMessages(host.consumers, consumer, { count, isAuto, isEvents });
  }, { parameters: [...CONSUMER_PARAMETERS, "max_in_flight"] });
}

async function take(host: NsqdHost, context: RequestContext): Promise<Response> {
  const { signal } = context.req.raw; // the runtime tells only those who have asked before the client goes
  const { query, request } = await consumeRequest(host, context, "take");
  const count = integerParameter(query, "count", 1, 1, host.options.maxRdyCount);
  const waitMs = durationParameter(query, "wait", 0, 0, MAX_WAIT_MS);
  const isAuto = choiceParameter(query, "ack", ACKS) === "auto";
  const taken = await subscribed(
    host,
    request,
    () => host.consumers.take(request, { count, waitMs, isAuto, signal }),
  );
  if (taken === null) return respondJsonText('{"messages":[]}'); // nobody reads it
  const { consumer, batch } = taken;
  context.env.answered?.().then(
    () => isAuto && consumer.finish(batch.ids),
    () => consumer.giveBack(batch.ids),
  );
  return respondJsonText(`{"messages":[${batch.texts.join(",")}]}`);
}

/** @throws HttpError 400, 401, 403 */
async function consumeRequest(
  host: NsqdHost,
  context: RequestContext,
  command: string,
): Promise<{ query: Query; request: ConsumeRequest }> {
  const { query, topic, channel, auth } = await consumerNames(host, context, command);
  const { msgTimeoutMs, maxMsgTimeoutMs } = host.options;
  const timeoutMs = durationParameter(
    query,
    "timeout",
    msgTimeoutMs,
    Math.min(MIN_TIMEOUT_MS, maxMsgTimeoutMs),
    maxMsgTimeoutMs,
  );
  const client = clientOf(context, query, auth);
  return { query, request: { topic, channel, timeoutMs, client } };
}

/**
 * Runs what makes a consumer, and a channel if need be.
 * @throws HttpError 404 when the channel was deleted meanwhile; 503 when the broker stops, is drained, or the channel takes no more consumers
 */
async function subscribed<T>(
  host: NsqdHost,
  { topic, channel }: ConsumeRequest,
  consume: () => T | Promise<T>,
): Promise<T> {
  try {
    await settled(host, "create channel", () => host.consumers.prepare(topic, channel));
    return await consume();
  } catch (error) {
    if (error instanceof ChannelGone) {
      throw new HttpError(404, "CHANNEL_NOT_FOUND", { cause: error });
    }
    if (error instanceof Stopping) throw new HttpError(503, "EXITING", { cause: error });
    if (error instanceof NotSubscribed) throw new HttpError(503, error.message, { cause: error });
    throw error;
  }
}

function clientOf(context: RequestContext, query: Query, auth: ClientAuth | null): HttpClient {
  const { name, peer } = callerOf(context);
  const hostname = peer.remoteIp === "" ? "localhost" : peer.remoteIp;
  return {
    clientId: query.get("client_id") ?? hostname,
    hostname,
    remoteAddress: name,
    userAgent: context.req.header("User-Agent") ?? "",
    tls: peer.tls,
    identity: auth?.identity ?? "",
    identityUrl: auth?.identityUrl ?? "",
    isAuthed: auth !== null,
  };
}
