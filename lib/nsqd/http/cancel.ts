import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import { callerOf, existingTopic, keyOf, queryOf, topicName } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { settled } from "./settled.ts";

/** `/message/cancel`: a deferred message that nobody is to get after all. */
export function addCancelRoute(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/message/cancel", async (context) => {
    const query = queryOf(context, host.logger);
    const name = topicName(query);
    await host.access.mayPublish(callerOf(context), "cancel", name);
    const topic = existingTopic(host.broker, name);
    const key = keyOf(context);
    if (key === null) throw new HttpError(400, "MISSING_ARG_KEY");
    const cancelled = await settled(host, "cancel message", () => topic.cancel(key));
    if (cancelled === null) throw new HttpError(404, "MESSAGE_NOT_FOUND");
    return cancelled;
  }, { parameters: ["topic", "key"] });
}
