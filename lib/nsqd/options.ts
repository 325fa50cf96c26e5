/** Options of nsqd: from flags, configuration file and defaults to what the broker runs with. */

import { readConfigFile } from "../cli/config_file.ts";
import { type CommandText, formatHelp, parseFlags } from "../cli/flag_parser.ts";
import { joinHostPort } from "../cli/host_port.ts";
import { tableRows } from "../cli/option_table.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../cli/options_or_exit.ts";
import { type ConfigFile, flagSpecs, resolveOptions, unknownKeys } from "../cli/resolve_options.ts";
import { versionLine } from "../version.ts";
import { NSQD_REQUEST_TABLE, type NsqdRequests } from "./options/requests.ts";
import { nsqdOptionTable } from "./options/table.ts";
import type { NsqdOptions } from "./options/type.ts";

export type { NsqdOptions } from "./options/type.ts";

const TEXT: CommandText = {
  name: "nsq nsqd",
  summary: "The broker: takes messages from producers and hands them to consumers.\n" +
    "Flags may be written with one dash or two, and values after = or as the next word.\n" +
    "A configuration file has the flags' names with _ for -.",
  epilogue: `
Example:
  nsq nsqd --data-path=/var/lib/nsq --msg-timeout=2m --log-level=warn
  curl -d hello 'http://127.0.0.1:4151/pub?topic=test'
`,
};

/**
 * Reads nsqd's command line (without program and subcommand) and its configuration file.
 *
 * @throws UsageError with one line that names the flag or key at fault
 */
export function parseNsqdOptions(
  args: readonly string[],
  environment: OptionsEnvironment,
): ParsedCommandLine<NsqdOptions> {
  const table = nsqdOptionTable(environment.hostname());
  const specs = [...flagSpecs(NSQD_REQUEST_TABLE), ...flagSpecs(table)];
  const flags = parseFlags(specs, args);
  const requests = resolveOptions(NSQD_REQUEST_TABLE, flags.values, undefined).options;
  if (flags.help) return { help: formatHelp(specs, TEXT) };
  if (requests.version) return { version: versionLine("nsqd") };

  const file = readFile(requests.config, environment.readTextFile);
  const resolved = resolveOptions(table, flags.values, file);
  const notes = [
    ...commandLineNotes(requests, flags.rest),
    ...file === undefined
      ? []
      : unknownKeys(table, file).map((key) =>
        `${file.path}: unknown key ${JSON.stringify(key)} is ignored`
      ),
  ];
  const { options } = resolved;
  if (resolved.sources.tlsMinVersion !== "default") notes.push(...tlsNotes(options));
  for (const note of notes) environment.warn(note);
  return { options };
}

/** The runtime speaks no TLS older than 1.2. */
function tlsNotes({ tlsCert, tlsMinVersion }: NsqdOptions): string[] {
  const isTooOld = tlsMinVersion === "tls1.0" || tlsMinVersion === "tls1.1";
  if (tlsCert === "" || !isTooOld) return [];
  return [`--tls-min-version: ${tlsMinVersion} is not spoken here, tls1.2 is the oldest accepted`];
}

function readFile(
  path: string,
  readTextFile: OptionsEnvironment["readTextFile"],
): ConfigFile | undefined {
  return path === "" ? undefined : { path, values: readConfigFile(path, readTextFile) };
}

/** What on the command line has no effect. */
function commandLineNotes(requests: NsqdRequests, rest: readonly string[]): string[] {
  const notes: string[] = [];
  if (requests.verbose) notes.push("--verbose is deprecated and has no effect, use --log-level");
  if (requests.workerId) notes.push("--worker-id is deprecated and has no effect, use --node-id");
  if (rest.length > 0) notes.push(`ignored, as flags end there: ${rest.join(" ")}`);
  return notes;
}

/** Every option by its key in the configuration file. The host's name only matters to defaults. */
const BY_CONFIG_KEY = new Map(
  tableRows(nsqdOptionTable("")).map(([field, spec]) => [spec.configKey, { field, spec }]),
);

/**
 * The value that GET `/config/:opt` answers with: durations are nanoseconds, the log level is a
 * number; undefined when no option has that key.
 */
export function configValue(options: NsqdOptions, configKey: string): unknown {
  const row = BY_CONFIG_KEY.get(configKey);
  return row?.spec.kind.toJson(options[row.field]);
}

/**
 * Fills in what is known only when the sockets listen, as the reference does: the ports to announce
 * unless they were given, and the host in the statsd prefix.
 *
 * @param tcpPort -1 for a Unix socket
 * @param httpPort 0 when HTTP is off, -1 for a Unix socket
 */
export function withListeningPorts(
  options: NsqdOptions,
  tcpPort: number,
  httpPort: number,
): NsqdOptions {
  const broadcastTcpPort = options.broadcastTcpPort || Math.max(tcpPort, 0);
  const broadcastHttpPort = options.broadcastHttpPort || Math.max(httpPort, 0);
  const announced = joinHostPort(options.broadcastAddress, broadcastHttpPort);
  const statsdKey = announced.replaceAll(/[.:]/g, "_");
  const prefix = options.statsdPrefix.replaceAll("%s", () => statsdKey);
  const statsdPrefix = prefix === "" || prefix.endsWith(".") ? prefix : prefix + ".";
  return { ...options, broadcastTcpPort, broadcastHttpPort, statsdPrefix };
}
