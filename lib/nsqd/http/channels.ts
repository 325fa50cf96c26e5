import type { HttpApi, RequestContext } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { topicAndChannelName } from "./arguments.ts";
import type { HttpChannel, NsqdHost } from "./host.ts";

/** `/channel/…`: create, delete, empty, pause and unpause. */
export function addChannelRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/channel/create", (context) => {
    const { topic, channelName } = topicAndChannelName(host, context);
    topic.channel(channelName);
    return null;
  });

  api.route("POST", "/channel/delete", (context) => {
    const { topic, channelName } = topicAndChannelName(host, context);
    if (!topic.deleteChannel(channelName)) throw new HttpError(404, "CHANNEL_NOT_FOUND");
    return null;
  });

  api.route("POST", "/channel/empty", (context) => {
    existingChannel(host, context).empty();
    return null;
  });

  api.route("POST", "/channel/pause", async (context) => {
    existingChannel(host, context).pause();
    await host.persistMetadata();
    return null;
  });

  api.route("POST", "/channel/unpause", async (context) => {
    existingChannel(host, context).unpause();
    await host.persistMetadata();
    return null;
  });
}

/**
 * The channel that a request names.
 *
 * @throws HttpError what `topicAndChannelName` throws, and 404 CHANNEL_NOT_FOUND
 */
function existingChannel(host: NsqdHost, context: RequestContext): HttpChannel {
  const { topic, channelName } = topicAndChannelName(host, context);
  const channel = topic.existingChannel(channelName);
  if (channel === undefined) throw new HttpError(404, "CHANNEL_NOT_FOUND");
  return channel;
}
