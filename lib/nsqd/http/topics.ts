import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { isValidName } from "../../wire/names.ts";
import { existingTopic, queryOf, topicName, topicToCreate } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { settled, settledAndPersisted, settledDeletion } from "./settled.ts";

/** `/topic/…`: create, delete, empty, pause and unpause. */
export function addTopicRoutes(api: HttpApi, host: NsqdHost): void {
  const { broker, logger } = host;

  api.route("POST", "/topic/create", async (context) => {
    const create = () => topicToCreate(host, context);
    const { topic } = await settled(host, "create topic", create);
    await topic.prepared;
    return null;
  });

  api.route("POST", "/topic/delete", async (context) => {
    const name = topicName(queryOf(context, logger));
    const isDeleted = await settledDeletion(host, "delete topic", () => broker.deleteTopic(name));
    if (!isDeleted) throw new HttpError(404, "TOPIC_NOT_FOUND");
    return null;
  });

  api.route("POST", "/topic/empty", async (context) => {
    const name = topicName(queryOf(context, logger));
    if (!isValidName(name)) throw new HttpError(400, "INVALID_TOPIC");
    const topic = existingTopic(broker, name);
    await settled(host, "empty topic", () => topic.empty());
    return null;
  });

  api.route("POST", "/topic/pause", async (context) => {
    const topic = existingTopic(broker, topicName(queryOf(context, logger)));
    await settledAndPersisted(host, "pause topic", () => topic.pause());
    return null;
  });

  api.route("POST", "/topic/unpause", async (context) => {
    const topic = existingTopic(broker, topicName(queryOf(context, logger)));
    await settledAndPersisted(host, "unpause topic", () => topic.unpause());
    return null;
  });
}
