/** The command `nsq message`. */

import { runGroup } from "../session/group.ts";
import { MESSAGE_GROUP } from "./group.ts";

/** Looks at messages that wait, or does something to one; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(MESSAGE_GROUP, args);
}
