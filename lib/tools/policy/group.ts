import type { CommandGroup } from "../session/group.ts";
import { CREATE, DELETE } from "./actions.ts";
import { INFO, LIST } from "./looks.ts";

/** `nsq policy`. */
export const POLICY_GROUP: CommandGroup = {
  name: "policy",
  summary: "Policies: what becomes of a message that fails, grows old, or is one too many.",
  actions: [LIST, INFO, CREATE, DELETE],
};
