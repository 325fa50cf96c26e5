/** The command `nsq channel`. */

import { runGroup } from "../session/group.ts";
import { CHANNEL_GROUP } from "./group.ts";

/** Lists channels, looks at one, or changes it; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(CHANNEL_GROUP, args);
}
