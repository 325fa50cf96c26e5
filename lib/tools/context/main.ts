/** The command `nsq context`. */

import { runGroup } from "../session/group.ts";
import { CONTEXT_GROUP } from "./group.ts";

/** Keeps clusters under names; ends the process. */
export async function run(args: string[]): Promise<void> {
  await runGroup(CONTEXT_GROUP, args);
}
