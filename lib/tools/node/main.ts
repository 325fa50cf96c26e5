/** The command `nsq node`. */

import { runGroup } from "../session/group.ts";
import { NODE_GROUP } from "./group.ts";

/** Lists brokers, looks at one, or takes it out of service; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(NODE_GROUP, args);
}
