/** Options of admin: from flags, configuration file and defaults to what it runs with. */

import { describeDaemon, readCommandLine } from "../lib/cli/command_line.ts";
import type { CommandDescription } from "../lib/cli/description.ts";
import type { CommandText } from "../lib/cli/flag_parser.ts";
import { tableRows } from "../lib/cli/option_table.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../lib/cli/options_or_exit.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { type Need, withoutEffect } from "../lib/cli/without_effect.ts";
import { ADMIN_OPTION_TABLE, type AdminOptions } from "./option_table.ts";

export type { AdminOptions } from "./option_table.ts";

const TEXT: CommandText = {
  name: "nsq admin",
  summary: "Web console of a cluster: what flows, what is stuck, and what to do about it.\n" +
    "Flags may be written with one dash or two, and values after = or as the next word.\n" +
    "A configuration file has the flags' names with _ for -; the lists may be called\n" +
    "nsqlookupd_http_addresses, nsqd_http_addresses, admin_users and allowed_hosts, too.",
  examples: [
    {
      title: "the console on http://127.0.0.1:4171, and its API",
      lines: [
        "nsq admin --lookupd-http-address=127.0.0.1:4161",
        "curl 'http://127.0.0.1:4171/api/topics'",
      ],
    },
    {
      title: "below a path of a proxy, named so that nobody takes it for another cluster's",
      lines: [
        "nsq admin --lookupd-http-address=127.0.0.1:4161 --base-path=/nsq --cluster-name=staging",
      ],
    },
  ],
};

/** The command, for those who write of it. */
export function describeAdmin(): CommandDescription[] {
  return describeDaemon("admin", { text: TEXT, table: ADMIN_OPTION_TABLE });
}

/**
 * Reads admin's command line (without program and subcommand) and its configuration file.
 *
 * @throws UsageError with one line that names the flag or key at fault
 */
export function parseAdminOptions(
  args: readonly string[],
  environment: OptionsEnvironment,
): ParsedCommandLine<AdminOptions> {
  const read = readCommandLine(
    { text: TEXT, programName: "nsqadmin", table: ADMIN_OPTION_TABLE },
    args,
    environment,
  );
  if (!("options" in read)) return read;
  checkTogether(read.options);
  withoutEffect(ADMIN_OPTION_TABLE, read.options, NEEDS_OF_OPTIONS).forEach(environment.warn);
  return read;
}

/** What has no effect without what. */
const NEEDS_OF_OPTIONS: readonly Need<AdminOptions>[] = [
  {
    of: ["statsdPrefix", "statsdCounterFormat", "statsdGaugeFormat", "statsdIntervalMs"],
    isMet: ({ graphiteUrl }) => graphiteUrl !== "",
    without: "--graphite-url",
  },
  {
    of: ["aclHttpHeader"],
    isMet: ({ adminUsers }) => adminUsers.length > 0,
    without: "--admin-user",
  },
  {
    of: ["httpClientTlsRootCaFile"],
    isMet: (options) => !options.httpClientTlsInsecureSkipVerify,
    without: "--http-client-tls-insecure-skip-verify=false: daemons are trusted whatever they show",
  },
];

function checkTogether(options: AdminOptions): void {
  const { nsqlookupdHttpAddresses: lookupd, nsqdHttpAddresses: nsqd } = options;
  if (lookupd.length === 0 && nsqd.length === 0) {
    throw new UsageError("--nsqd-http-address or --lookupd-http-address required");
  }
  if (lookupd.length > 0 && nsqd.length > 0) {
    throw new UsageError("use --nsqd-http-address or --lookupd-http-address not both");
  }
  const { httpClientTlsCert: cert, httpClientTlsKey: key } = options;
  if (cert !== "" && key === "") {
    throw new UsageError("--http-client-tls-key must be specified with --http-client-tls-cert");
  }
  if (key !== "" && cert === "") {
    throw new UsageError("--http-client-tls-cert must be specified with --http-client-tls-key");
  }
  if (options.proxyGraphite && options.graphiteUrl === "") {
    throw new UsageError("--proxy-graphite needs --graphite-url");
  }
}

/**
 * The value that GET `/config/:opt` answers with: durations are nanoseconds, the log level is a
 * number; undefined when no option has that key.
 */
export function configValue(options: AdminOptions, configKey: string): unknown {
  const row = tableRows(ADMIN_OPTION_TABLE).find(([, spec]) => spec.configKey === configKey);
  return row?.[1].kind.toJson(options[row[0]]);
}
