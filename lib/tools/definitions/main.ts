/** The commands `nsq export`, `nsq import` and `nsq diff`. */

import { runCommand } from "../session/group.ts";
import { DIFF } from "./diff.ts";
import { EXPORT } from "./export.ts";
import { IMPORT } from "./import.ts";

/** diff(1) ends so when there was trouble. */
const EXIT_TROUBLE = 2;

/** Prints what a cluster is made of; ends the process. */
export async function runExport(args: string[]): Promise<void> {
  await runCommand(EXPORT, args);
}

/** Makes a cluster what a file says; ends the process. */
export async function runImport(args: string[]): Promise<void> {
  await runCommand(IMPORT, args);
}

/** Tells how a cluster differs from a file; ends the process. */
export async function runDiff(args: string[]): Promise<void> {
  await runCommand(DIFF, args, { usage: EXIT_TROUBLE, failure: EXIT_TROUBLE });
}
