/** The command `nsq check`. */

import { runGroup } from "../session/group.ts";
import { CHECK_GROUP } from "./group.ts";

/** Looks whether something is as it should be; ends the process with a code that monitoring systems know. */
export async function run(args: string[]): Promise<void> {
  await runGroup(CHECK_GROUP, args);
}
