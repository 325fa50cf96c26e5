/** The command `nsq man`. */

import type { SubcommandDescription } from "../../cli/description.ts";
import { runCommand } from "../session/group.ts";
import { manAction } from "./man.ts";

/** Prints or writes manual pages; ends the process. @param describeAll the program's subcommands */
export async function run(
  args: string[],
  describeAll: () => Promise<SubcommandDescription[]>,
): Promise<void> {
  await runCommand(manAction(describeAll), args);
}
