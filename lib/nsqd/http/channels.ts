import type { HttpApi, RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { DRAINING, topicAndChannelName } from "./arguments.ts";
import type { HttpChannel, NsqdHost } from "./host.ts";
import { EPHEMERAL, parsePosition } from "./position.ts";
import { settled, settledAndPersisted, settledDeletion } from "./settled.ts";

/** `/channel/…`: create, delete, empty, pause and unpause. */
export function addChannelRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/channel/create", async (context) => {
    const { topic, topicName, channelName } = topicAndChannelName(host, context);
    if (!host.broker.takesConsumers(topicName, channelName)) throw new HttpError(503, DRAINING);
    const floor = parsePosition(host, context, topic, "from");
    if (floor !== undefined && topic.existingChannel(channelName) !== undefined) {
      throw new HttpError(409, "from: the channel is there already, /channel/seek moves it");
    }
    await settled(host, "create channel", () => topic.channel(channelName, floor));
    return null;
  });

  api.route("POST", "/channel/seek", async (context) => {
    const { topic } = topicAndChannelName(host, context);
    const channel = existingChannel(host, context);
    const index = parsePosition(host, context, topic, "to");
    if (index === undefined) throw new HttpError(400, "MISSING_ARG_TO");
    if (channel.ephemeral) throw new HttpError(400, EPHEMERAL);
    await settled(host, "move channel", () => channel.moveTo(index));
    return null;
  }, { parameters: ["topic", "channel", "to"] });

  api.route("POST", "/channel/delete", async (context) => {
    const { topic, channelName } = topicAndChannelName(host, context);
    const isDeleted = await settledDeletion(
      host,
      "delete channel",
      () => topic.deleteChannel(channelName),
    );
    if (!isDeleted) throw new HttpError(404, "CHANNEL_NOT_FOUND");
    return null;
  });

  api.route("POST", "/channel/empty", async (context) => {
    const channel = existingChannel(host, context);
    await settled(host, "empty channel", () => channel.empty());
    return null;
  });

  api.route("POST", "/channel/pause", async (context) => {
    const channel = existingChannel(host, context);
    await settledAndPersisted(host, "pause channel", () => channel.pause());
    return null;
  });

  api.route("POST", "/channel/unpause", async (context) => {
    const channel = existingChannel(host, context);
    await settledAndPersisted(host, "unpause channel", () => channel.unpause());
    return null;
  });
}

/**
 * The channel that a request names.
 *
 * @throws HttpError what `topicAndChannelName` throws, and 404 CHANNEL_NOT_FOUND
 */
export function existingChannel(host: NsqdHost, context: RequestContext): HttpChannel {
  const { topic, channelName } = topicAndChannelName(host, context);
  const channel = topic.existingChannel(channelName);
  if (channel === undefined) throw new HttpError(404, "CHANNEL_NOT_FOUND");
  return channel;
}
