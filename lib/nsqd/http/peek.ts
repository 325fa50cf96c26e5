import type { Peeked, PeekedMessage, PeekRequest } from "../../broker/peek/collector.ts";
import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";
import { isValidName } from "../../wire/names.ts";
import { callerOf, consumerNames, existingTopic, queryOf, topicName } from "./arguments.ts";
import { existingChannel } from "./channels.ts";
import type { NsqdHost } from "./host.ts";
import { bodyFields, timeText, unixNsText } from "../message_json.ts";
import { choiceParameter, integerParameter } from "./numbers.ts";

const CHANNEL_STATES = ["queued", "in_flight", "deferred", "dead"] as const;
const TOPIC_STATES = ["queued", "deferred"] as const;

const PEEK_PARAMETERS = ["state", "offset", "count", "max_bytes"];

const DEFAULT_COUNT = 20;
const MAX_COUNT = 1000;
const DEFAULT_BODY_BYTES = 64 * 1024;
const MAX_BODY_BYTES = 16 * 1024 * 1024;

/** `/channel/peek` and `/topic/peek`, which look at messages and change nothing. */
export function addPeekRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("GET", "/channel/peek", async (context) => {
    const { query, topic, channel: channelName } = await consumerNames(
      host,
      context,
      "peek",
    );
    const channel = existingChannel(host, context);
    const state = choiceParameter(query, "state", CHANNEL_STATES);
    const request = peekRequest(query);
    const peeked = await channel.messages.peek(state, request);
    return { topic, channel: channelName, state, ...answerOf(request, peeked) };
  }, { parameters: ["topic", "channel", ...PEEK_PARAMETERS] });

  api.route("GET", "/topic/peek", async (context) => {
    const query = queryOf(context, host.logger);
    const name = topicName(query);
    if (!isValidName(name)) throw new HttpError(400, "INVALID_TOPIC");
    await host.access.maySubscribe(callerOf(context), "peek", name, null);
    const topic = existingTopic(host.broker, name);
    const state = choiceParameter(query, "state", TOPIC_STATES);
    const request = peekRequest(query);
    const peeked = await topic.peek(state, request);
    return { topic: name, state, ...answerOf(request, peeked) };
  }, { parameters: ["topic", ...PEEK_PARAMETERS] });
}

/** @throws HttpError 400 that says what is wrong */
function peekRequest(query: Query): PeekRequest {
  return {
    offset: integerParameter(query, "offset", 0, 0, Number.MAX_SAFE_INTEGER),
    count: integerParameter(query, "count", DEFAULT_COUNT, 1, MAX_COUNT),
    maxBytes: integerParameter(query, "max_bytes", DEFAULT_BODY_BYTES, 0, MAX_BODY_BYTES),
  };
}

function answerOf({ offset }: PeekRequest, { total, messages }: Peeked): object {
  return { total, offset, messages: messages.map(messageJson) };
}

function messageJson({ id, publishedNs, attempts, size, body, ...rest }: PeekedMessage): object {
  const { dueUnixMs, holder, death } = rest;
  return {
    id,
    published: unixNsText(publishedNs),
    attempts,
    size,
    ...bodyFields(body, size),
    ...(death !== undefined && {
      why_dead: death.why,
      ...(death.firstDeliveryMs > 0 && { first_delivery: timeText(death.firstDeliveryMs) }),
      ...(death.lastDeliveryMs > 0 && { last_delivery: timeText(death.lastDeliveryMs) }),
    }),
    ...(dueUnixMs !== undefined && { due: timeText(dueUnixMs) }),
    ...(holder !== undefined && {
      holder: holder && {
        client_id: holder.client_id,
        hostname: holder.hostname,
        remote_address: holder.remote_address,
      },
    }),
  };
}
