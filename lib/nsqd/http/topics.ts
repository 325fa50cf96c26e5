import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { isValidName } from "../../wire/names.ts";
import { existingTopic, queryOf, topicName, topicToCreate } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";

/** `/topic/…`: create, delete, empty, pause and unpause. */
export function addTopicRoutes(api: HttpApi, host: NsqdHost): void {
  const { broker, logger } = host;

  api.route("POST", "/topic/create", (context) => {
    topicToCreate(host, context);
    return null;
  });

  api.route("POST", "/topic/delete", (context) => {
    const name = topicName(queryOf(context, logger));
    if (!broker.deleteTopic(name)) throw new HttpError(404, "TOPIC_NOT_FOUND");
    return null;
  });

  api.route("POST", "/topic/empty", (context) => {
    const name = topicName(queryOf(context, logger));
    if (!isValidName(name)) throw new HttpError(400, "INVALID_TOPIC");
    existingTopic(broker, name).empty();
    return null;
  });

  api.route("POST", "/topic/pause", async (context) => {
    existingTopic(broker, topicName(queryOf(context, logger))).pause();
    await host.persistMetadata();
    return null;
  });

  api.route("POST", "/topic/unpause", async (context) => {
    existingTopic(broker, topicName(queryOf(context, logger))).unpause();
    await host.persistMetadata();
    return null;
  });
}
