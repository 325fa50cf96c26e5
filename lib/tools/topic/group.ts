import type { CommandGroup } from "../session/group.ts";
import { peekAction } from "../message/peek.ts";
import { CREATE, DELETE, EMPTY, PAUSE, UNPAUSE } from "./actions.ts";
import { INFO, LIST } from "./looks.ts";

/** `nsq topic`. */
export const TOPIC_GROUP: CommandGroup = {
  name: "topic",
  summary: "Topics of a broker, or of a cluster.",
  actions: [LIST, INFO, CREATE, PAUSE, UNPAUSE, EMPTY, DELETE, peekAction("peek", "topic")],
};
