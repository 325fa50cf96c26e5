/** The program `nsq`: names its subcommands and loads the one that is asked for. */

import process from "node:process";
import { dispatch } from "./lib/cli/dispatch.ts";
import { askOpenFileLimit } from "./lib/process/open_files.ts";
import { EXIT_USAGE } from "./lib/cli/options_or_exit.ts";
import { programVersionLine } from "./lib/version.ts";
import { SUBCOMMANDS } from "./subcommands.ts";

if (import.meta.main) {
  const asked = dispatch(SUBCOMMANDS, process.argv0, Deno.args, programVersionLine());
  if (asked.kind === "run") {
    // Only a command that may need --auth-secret-command keeps this right, never a daemon.
    if (asked.subcommand.isDaemon) askOpenFileLimit();
    if (!asked.subcommand.startsPrograms) Deno.permissions.revokeSync({ name: "run" });
    await asked.run();
  } else if (asked.kind === "print") console.log(asked.text);
  else {
    console.error(asked.text);
    Deno.exitCode = EXIT_USAGE;
  }
}
