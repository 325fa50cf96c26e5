/** Options of nsqd: from flags, configuration file and defaults to what the broker runs with. */

import { describeDaemon, readCommandLine } from "../cli/command_line.ts";
import { ANY_HOST, type CommandDescription } from "../cli/description.ts";
import type { CommandText } from "../cli/flag_parser.ts";
import type { LogLevel } from "../log/level.ts";
import { joinHostPort } from "../net/host_port.ts";
import { tableRows } from "../cli/option_table.ts";
import { withoutEffect } from "../cli/without_effect.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../cli/options_or_exit.ts";
import { NSQD_EXAMPLES } from "./options/examples.ts";
import { nsqdOptionTable } from "./options/table.ts";
import { checkTogether, NSQD_NEEDS_OF_OPTIONS } from "./options/together.ts";
import type { NsqdOptions } from "./options/type.ts";

export type { NsqdOptions } from "./options/type.ts";

const TEXT: CommandText = {
  name: "nsq nsqd",
  summary: "The broker: takes messages from producers and hands them to consumers.\n" +
    "Flags may be written with one dash or two, and values after = or as the next word.\n" +
    "A configuration file has the flags' names with _ for -.",
  examples: NSQD_EXAMPLES,
};

/** The command, for those who write of it. */
export function describeNsqd(): CommandDescription[] {
  return describeDaemon("nsqd", { text: TEXT, table: nsqdOptionTable(ANY_HOST) });
}

/**
 * Reads nsqd's command line (without program and subcommand) and its configuration file.
 *
 * @throws UsageError with one line that names the flag or key at fault
 */
export function parseNsqdOptions(
  args: readonly string[],
  environment: OptionsEnvironment,
  defaultLogLevel?: LogLevel,
): ParsedCommandLine<NsqdOptions> {
  const command = {
    text: TEXT,
    programName: "nsqd",
    table: nsqdOptionTable(environment.hostname(), defaultLogLevel),
    deprecated: [{ flag: "worker-id", instead: "--node-id" }],
  };
  const parsed = readCommandLine(command, args, environment);
  if (!("options" in parsed)) return parsed;
  const { options, sources } = parsed;
  checkTogether(options);
  withoutEffect(command.table, options, NSQD_NEEDS_OF_OPTIONS).forEach(environment.warn);
  if (sources.tlsMinVersion !== "default") tlsNotes(options).forEach(environment.warn);
  return { options };
}

/** The runtime speaks no TLS older than 1.2. */
function tlsNotes({ tlsCert, tlsMinVersion }: NsqdOptions): string[] {
  const isTooOld = tlsMinVersion === "tls1.0" || tlsMinVersion === "tls1.1";
  if (tlsCert === "" || !isTooOld) return [];
  return [`--tls-min-version: ${tlsMinVersion} is not spoken here, tls1.2 is the oldest accepted`];
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
