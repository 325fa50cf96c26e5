/** The command `nsq completion`. */

import type { SubcommandDescription } from "../../cli/description.ts";
import { runGroup } from "../session/group.ts";
import { completionGroup } from "./group.ts";

/** Prints a completion script; ends the process. @param describeAll the program's subcommands */
export async function run(
  args: string[],
  describeAll: () => Promise<SubcommandDescription[]>,
): Promise<void> {
  await runGroup(completionGroup(describeAll), args);
}
