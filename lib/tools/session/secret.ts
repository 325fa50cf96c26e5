/** The secret that a user shows to daemons: read where it is kept, never on a command line. */

import { checkedSecret, readSecretFile } from "../../access/secret_file.ts";
import type { Reach } from "./connection_options.ts";

const SHELL = "/bin/sh";

/** The secret, without the end of its line; undefined where none is asked for. @throws Error when it cannot be had */
export async function readSecret(
  { authSecretFile, authSecretCommand }: Pick<Reach, "authSecretFile" | "authSecretCommand">,
): Promise<string | undefined> {
  if (authSecretFile !== "") return readSecretFile(authSecretFile);
  if (authSecretCommand !== "") {
    return checkedSecret("the command", await outputOf(authSecretCommand));
  }
  return undefined;
}

/** Stderr and stdin are the user's, who may be asked for a passphrase. */
async function outputOf(command: string): Promise<string> {
  const { code, stdout } = await new Deno.Command(SHELL, {
    args: ["-c", command],
    stdin: "inherit",
    stdout: "piped",
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`the command for the secret has ended with ${code}`);
  return new TextDecoder().decode(stdout);
}
