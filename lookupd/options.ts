/** Options of lookupd: from flags, configuration file and defaults to what it runs with. */

import { readConfigFile } from "../lib/cli/config_file.ts";
import { type CommandText, formatHelp, parseFlags } from "../lib/cli/flag_parser.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../lib/cli/options_or_exit.ts";
import { flagSpecs, resolveOptions, unknownKeys } from "../lib/cli/resolve_options.ts";
import { versionLine } from "../lib/version.ts";
import { type LookupdOptions, lookupdOptionTable, REQUEST_TABLE } from "./option_table.ts";

export type { LookupdOptions } from "./option_table.ts";

const TEXT: CommandText = {
  name: "nsq lookupd",
  summary: "Tells consumers which brokers have a topic. Brokers register with it.\n" +
    "Flags may be written with one dash or two, and values after = or as the next word.\n" +
    "A configuration file has the flags' names with _ for -.",
  epilogue: `
Example:
  nsq lookupd --broadcast-address=lookup1.example.com
  nsq nsqd --lookupd-tcp-address=lookup1.example.com:4160
  curl 'http://lookup1.example.com:4161/lookup?topic=test'
`,
};

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
  const specs = [...flagSpecs(REQUEST_TABLE), ...flagSpecs(table)];
  const flags = parseFlags(specs, args);
  const requests = resolveOptions(REQUEST_TABLE, flags.values, undefined).options;
  if (flags.help) return { help: formatHelp(specs, TEXT) };
  if (requests.version) return { version: versionLine("nsqlookupd") };

  const { config: path } = requests;
  const file = path === ""
    ? undefined
    : { path, values: readConfigFile(path, environment.readTextFile) };
  const { options } = resolveOptions(table, flags.values, file);

  if (requests.verbose) {
    environment.warn("--verbose is deprecated and has no effect, use --log-level");
  }
  if (flags.rest.length > 0) {
    environment.warn(`ignored, as flags end there: ${flags.rest.join(" ")}`);
  }
  for (const key of file === undefined ? [] : unknownKeys(table, file)) {
    environment.warn(`${path}: unknown key ${JSON.stringify(key)} is ignored`);
  }
  return { options };
}
