/** The command `nsq topic`. */

import { runGroup } from "../session/group.ts";
import { TOPIC_GROUP } from "./group.ts";

/** Lists topics, looks at one, or changes it; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(TOPIC_GROUP, args);
}
