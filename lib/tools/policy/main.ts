/** The command `nsq policy`. */

import { runGroup } from "../session/group.ts";
import { POLICY_GROUP } from "./group.ts";

/** Lists policies, makes or deletes one, or tells what holds for a channel; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(POLICY_GROUP, args);
}
