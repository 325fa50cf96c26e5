import type { CommandGroup } from "../session/group.ts";
import { ADD, LIST, REMOVE, SELECT } from "./actions.ts";

/** `nsq context`. */
export const CONTEXT_GROUP: CommandGroup = {
  name: "context",
  summary:
    "Clusters under names of your choice. The selected one is acted on where neither a flag nor\n" +
    "NSQ_LOOKUPD, NSQ_NSQD or NSQ_CONTEXT says another.",
  actions: [ADD, LIST, SELECT, REMOVE],
};
