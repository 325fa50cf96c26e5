/** The command `nsq standalone`. */
import { optionsOrExit } from "../lib/cli/options_or_exit.ts";
import { parseStandaloneOptions } from "./options.ts";

const COMMAND = "nsq standalone";
const SIGNALS: Deno.Signal[] = ["SIGINT", "SIGTERM"];

/** Runs all three until told to stop. Returns when they listen; the process ends with them. */
export async function run(args: string[]): Promise<void> {
  const options = optionsOrExit(
    COMMAND,
    (environment) => parseStandaloneOptions(args, environment),
  );
  const { Standalone } = await import("./standalone.ts");
  const standalone = new Standalone(options);

  const fail = (what: string, error: unknown): never => {
    console.error(`${COMMAND}: ${what}${(error as Error).message}`);
    Deno.exit(1);
  };
  const stop = () => {
    standalone.stop().then(() => Deno.exit(0), (error) => fail("failed to stop - ", error));
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  try {
    console.error(`${COMMAND}: ${await standalone.start()}`);
  } catch (error) {
    fail("", error);
  }
}
