import type { HttpApi, RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Query } from "../../http/query.ts";
import { MESSAGE_ID_BYTES } from "../../wire/protocol.ts";
import { consumerNames } from "./arguments.ts";
import { existingChannel } from "./channels.ts";
import type { HttpChannel, NsqdHost } from "./host.ts";
import { choiceParameter, integerParameter } from "./numbers.ts";
import { settled } from "./settled.ts";

/** Which messages are kicked. */
const KICKED_STATES = ["all", "dead", "deferred"] as const;
type KickedState = typeof KICKED_STATES[number];

/** `/channel/kick`, `/channel/dead/empty` and `/message/delete`: what is done to messages that nobody waits for. */
export function addKickRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/channel/kick", async (context) => {
    const { query, channel } = await channelOf(host, context, "kick");
    const state = choiceParameter(query, "state", KICKED_STATES);
    if (query.has("id")) {
      const id = messageId(query);
      const isKicked = await changed(host, "kick message", () => kickOne(channel, state, id));
      if (!isKicked) throw new HttpError(404, "MESSAGE_NOT_FOUND");
      return { count: 1 };
    }
    const count = integerParameter(query, "count", Infinity, 1, Number.MAX_SAFE_INTEGER);
    const rate = integerParameter(query, "rate", Infinity, 1, 1_000_000);
    const kicked = changed(host, "kick messages", () => kick(channel, state, count, rate));
    if (rate === Infinity) return await kicked;
    // That may take hours: whoever wants to know how far it has come looks at the figures.
    kicked.catch(() => {}); // the log has it
    return { ...expected(channel, state, count), rate };
  }, { parameters: ["topic", "channel", "state", "id", "count", "rate"] });

  api.route("POST", "/channel/dead/empty", async (context) => {
    const { channel } = await channelOf(host, context, "dead/empty");
    const count = channel.dead.count;
    await settled(host, "empty dead messages", () => channel.dead.empty());
    return { count };
  }, { parameters: ["topic", "channel"] });

  api.route("POST", "/message/delete", async (context) => {
    const { query, channel } = await channelOf(host, context, "delete");
    const id = messageId(query);
    const state = await changed(host, "delete message", () => channel.messages.delete(id));
    if (state === null) throw new HttpError(404, "MESSAGE_NOT_FOUND");
    return { state };
  }, { parameters: ["topic", "channel", "id"] });
}

/** @throws HttpError as consumerNames and existingChannel */
async function channelOf(
  host: NsqdHost,
  context: RequestContext,
  command: string,
): Promise<{ query: Query; channel: HttpChannel }> {
  const { query } = await consumerNames(host, context, command);
  return { query, channel: existingChannel(host, context) };
}

/** @throws HttpError 400 */
function messageId(query: Query): string {
  const id = query.get("id");
  if (id === undefined) throw new HttpError(400, "MISSING_ARG_ID");
  if (id.length !== MESSAGE_ID_BYTES) throw new HttpError(400, `id: ${id} is no message id`);
  return id;
}

async function kickOne(channel: HttpChannel, state: KickedState, id: string): Promise<boolean> {
  return state !== "deferred" && await channel.dead.kickOne(id) ||
    state !== "dead" && await channel.messages.kickDeferredOne(id);
}

/** What has been kicked, in an answer: the dead first. */
async function kick(channel: HttpChannel, state: KickedState, count: number, rate: number) {
  const dead = state === "deferred" ? 0 : await channel.dead.kick(count, rate);
  const deferred = state === "dead" ? 0 : await channel.messages.kickDeferred(count - dead, rate);
  return { count: dead + deferred, dead, deferred };
}

/** What {@link kick} will come to if nothing happens meanwhile. */
function expected(
  { dead: { count: dead }, messages }: HttpChannel,
  state: KickedState,
  max: number,
) {
  const kickedDead = state === "deferred" ? 0 : Math.min(max, dead);
  const kickedDeferred = state === "dead"
    ? 0
    : Math.min(max - kickedDead, messages.count("deferred"));
  return { count: kickedDead + kickedDeferred, dead: kickedDead, deferred: kickedDeferred };
}

/** @throws HttpError 503 with why it cannot be done */
async function changed<T>(host: NsqdHost, name: string, change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    const { message } = error as Error;
    host.logger.error(`failed to ${name} - ${message}`);
    throw new HttpError(503, message, { cause: error });
  }
}
