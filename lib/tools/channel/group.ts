import type { CommandGroup } from "../session/group.ts";
import { peekAction } from "../message/peek.ts";
import { CREATE, DELETE, EMPTY, PAUSE, SEEK, UNPAUSE } from "./actions.ts";
import { kickAction } from "../message/actions.ts";
import { INFO, LIST } from "./looks.ts";

/** `nsq channel`. */
export const CHANNEL_GROUP: CommandGroup = {
  name: "channel",
  summary: "Channels of topics, on a broker or in a cluster.",
  actions: [
    LIST,
    INFO,
    CREATE,
    PAUSE,
    UNPAUSE,
    EMPTY,
    DELETE,
    SEEK,
    peekAction("peek", "channel"),
    kickAction("channel"),
  ],
};
