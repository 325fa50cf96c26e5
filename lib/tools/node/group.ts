import type { CommandGroup } from "../session/group.ts";
import { TOMBSTONE } from "./actions.ts";
import { DRAIN } from "./drain.ts";
import { INFO, LIST } from "./looks.ts";

/** `nsq node`. */
export const NODE_GROUP: CommandGroup = {
  name: "node",
  summary: "Brokers of a cluster.",
  actions: [LIST, INFO, DRAIN, TOMBSTONE],
};
