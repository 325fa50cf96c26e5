/** The command `nsq stat`. */
import { optionsOrExit } from "../../cli/options_or_exit.ts";
import { parseToolOptions } from "../command_line.ts";
import { ADDRESS_REQUIRED, clusterOf, hasAddress } from "../cluster_options.ts";
import { onStopSignal } from "../stop_signal.ts";
import { linesTo } from "../output_lines.ts";
import { located } from "../this_machine.ts";
import { STAT_COMMAND } from "./options.ts";
import { reportUntilStopped } from "./stat.ts";

/** Prints figures of a channel until it has printed enough or is told to stop; ends the process. */
export async function run(args: string[], calledAs: string): Promise<void> {
  const call = { name: "stat", as: calledAs };
  const { options } = optionsOrExit(
    "nsq stat",
    () => located(parseToolOptions(STAT_COMMAND, args), hasAddress, call, ADDRESS_REQUIRED),
  );
  const { cluster, client, hint } = await clusterOf(options);
  const stopping = new AbortController();
  const stop = () => {
    stopping.abort();
    client.close();
  };
  using _ = onStopSignal(stop);
  try {
    await reportUntilStopped(options, {
      cluster,
      signal: stopping.signal,
      print: linesTo(Deno.stdout, stop),
      warn: (line) => console.error(`nsq stat: ${line}`),
      nowMs: () => performance.now(),
      date: () => new Date(),
    });
  } catch (error) {
    if (!stopping.signal.aborted) {
      console.error(`nsq stat: ${(error as Error).message}`);
      if (hint !== "") console.error(`nsq stat: ${hint}`);
      Deno.exit(1);
    }
  }
  Deno.exit();
}
