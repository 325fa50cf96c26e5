/** Options of lookupd: from flags, configuration file and defaults to what it runs with. */

import { describeDaemon, readCommandLine } from "../lib/cli/command_line.ts";
import { ANY_HOST, type CommandDescription } from "../lib/cli/description.ts";
import type { CommandText } from "../lib/cli/flag_parser.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../lib/cli/options_or_exit.ts";
import { type LookupdOptions, lookupdOptionTable } from "./option_table.ts";

export type { LookupdOptions } from "./option_table.ts";

const TEXT: CommandText = {
  name: "nsq lookupd",
  summary: "Tells consumers which brokers have a topic. Brokers register with it.\n" +
    "Flags may be written with one dash or two, and values after = or as the next word.\n" +
    "A configuration file has the flags' names with _ for -.",
  examples: [
    {
      title: "General: only what an operator must know, for a collector of logs",
      lines: ["nsq lookupd --log-level=warn --log-format=json"],
    },
    {
      title:
        "Addresses: for this machine only, on other ports; brokers and consumers then use them",
      lines: [
        "nsq lookupd --tcp-address=127.0.0.1:5160 --http-address=127.0.0.1:5161 \\",
        "  --broadcast-address=127.0.0.1",
        "nsq nsqd --broadcast-address=127.0.0.1 --lookupd-tcp-address=127.0.0.1:5160",
        "curl 'http://127.0.0.1:5161/lookup?topic=test'",
      ],
    },
    {
      title: "Producers: brokers ping every 15 s, so one that is silent for a minute is gone",
      lines: ["nsq lookupd --inactive-producer-timeout=1m --tombstone-lifetime=2m"],
    },
    {
      title: "Metrics and probes need no flag",
      lines: [
        "curl 'http://127.0.0.1:4161/metrics'",
        "curl 'http://127.0.0.1:4161/health/ready'",
      ],
    },
  ],
};

/** The command, for those who write of it. */
export function describeLookupd(): CommandDescription[] {
  return describeDaemon("lookupd", { text: TEXT, table: lookupdOptionTable(ANY_HOST) });
}

/**
 * Reads lookupd's command line (without program and subcommand) and its configuration file.
 *
 * @throws UsageError with one line that names the flag or key at fault
 */
export function parseLookupdOptions(
  args: readonly string[],
  environment: OptionsEnvironment,
): ParsedCommandLine<LookupdOptions> {
  const table = lookupdOptionTable(environment.hostname());
  const command = { text: TEXT, programName: "nsqlookupd", table };
  const parsed = readCommandLine(command, args, environment);
  return "options" in parsed ? { options: parsed.options } : parsed;
}
