import type { CommandGroup } from "../session/group.ts";
import { CANCEL, DELETE, kickAction } from "./actions.ts";
import { peekAction } from "./peek.ts";

/** `nsq message`. */
export const MESSAGE_GROUP: CommandGroup = {
  name: "message",
  summary: "Messages that wait, are in flight, deferred or dead. Needs brokers of this project.",
  actions: [peekAction("ls", "message"), kickAction("message"), DELETE, CANCEL],
};
