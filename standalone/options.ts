/** Options of standalone, and what they mean for the roles that run in it. */

import { type AdminOptions, parseAdminOptions } from "../admin/options.ts";
import {
  type CommandText,
  type FlagSpec,
  formatHelp,
  type ParsedFlags,
  parseFlags,
} from "../lib/cli/flag_parser.ts";
import type { CommandDescription } from "../lib/cli/description.ts";
import { joinHostPort } from "../lib/net/host_port.ts";
import { boolean, integer, text } from "../lib/cli/kind.ts";
import { type LogOptions, logOptionTable } from "../lib/cli/log_options.ts";
import { inGroup, type OptionTable, tableRows } from "../lib/cli/option_table.ts";
import type { OptionsEnvironment, ParsedCommandLine } from "../lib/cli/options_or_exit.ts";
import { flagSpecs, resolveOptions } from "../lib/cli/resolve_options.ts";
import { UsageError } from "../lib/cli/usage_error.ts";
import { LOG_LEVELS, WARN } from "../lib/log/level.ts";
import { type NsqdOptions, parseNsqdOptions } from "../lib/nsqd/options.ts";
import { nsqdOptionTable } from "../lib/nsqd/options/table.ts";
import { programVersionLine } from "../lib/version.ts";
import { type LookupdOptions, parseLookupdOptions } from "../lookupd/options.ts";

/** What each role runs with. Broker and console still have to be told where lookupd listens. */
export interface StandaloneOptions {
  readonly nsqd: NsqdOptions;
  readonly lookupd: LookupdOptions;
  readonly admin: AdminOptions;
  readonly dataPath: string;
}

/** Log lines are prefixed by the role that writes them. */
interface Flags extends Omit<LogOptions, "logPrefix"> {
  readonly address: string;
  readonly tcpPort: number;
  readonly httpPort: number;
  readonly lookupdTcpPort: number;
  readonly lookupdHttpPort: number;
  readonly adminHttpPort: number;
  readonly dataPath: string;
  readonly version: boolean;
}

const TEXT: CommandText = {
  name: "nsq standalone",
  summary: "A broker, a lookupd and the web console in one process, for a laptop or a CI job.\n" +
    "Ctrl-C ends all of it.\n" +
    "What follows -- are flags for the broker, as nsq nsqd --help lists them; what they, or the\n" +
    "file of --config there, say of the log holds for all three where nothing before -- does.",
  examples: [
    {
      title: "A broker that redelivers after 5 s, and both of its APIs",
      lines: [
        "nsq standalone -- --msg-timeout=5s",
        "curl -d hello 'http://127.0.0.1:4151/pub?topic=test'",
        "curl 'http://127.0.0.1:4161/lookup?topic=test'",
      ],
    },
    {
      title: "For a CI job: only errors, and nothing left behind",
      lines: ['nsq standalone --log-level=error --data-path="$(mktemp -d)"'],
    },
  ],
};

/** What {@link logFlags} makes flags of, in its order. */
const LOG_FIELDS = ["logLevel", "logFormat"] as const;

const ANY_INTERFACE = ["0.0.0.0", "::"];
const PORT = { min: 0, max: 65535 };

function flagTable(): OptionTable<Flags> {
  const general = inGroup("General");
  const addresses = inGroup("Addresses");
  const { logLevel, logFormat } = logOptionTable({ logPrefix: "", logLevel: WARN });
  const port = (flag: string, defaultPort: number, help: string) =>
    addresses(flag, integer(PORT), defaultPort, `${help}; 0 for any free port`);
  return {
    version: general("version", boolean(), false, "print the version and end"),
    dataPath: general(
      "data-path",
      text({ valueName: "path" }),
      "nsq-data",
      "folder of the broker's messages, made if there is none; they are there again at the next start",
    ),
    logLevel,
    logFormat,
    address: addresses(
      "address",
      text({ valueName: "addr" }),
      "127.0.0.1",
      "where to listen, and what to announce to consumers; 0.0.0.0 announces the host's name",
    ),
    tcpPort: port("tcp-port", 4150, "where NSQ clients connect"),
    httpPort: port("http-port", 4151, "where HTTP clients connect"),
    lookupdTcpPort: port("lookupd-tcp-port", 4160, "where other brokers register"),
    lookupdHttpPort: port("lookupd-http-port", 4161, "where consumers ask for a topic's brokers"),
    adminHttpPort: port("admin-http-port", 4171, "where browsers find the web console"),
  };
}

/** The command, for those who write of it. */
export function describeStandalone(): CommandDescription[] {
  const { summary, examples } = TEXT;
  return [{ path: "standalone", words: "", summary, flags: flagSpecs(flagTable()), examples }];
}

/**
 * Reads standalone's command line, without program and subcommand.
 *
 * @throws UsageError with one line that names the flag at fault
 */
export function parseStandaloneOptions(
  args: readonly string[],
  environment: OptionsEnvironment,
): ParsedCommandLine<StandaloneOptions> {
  const table = flagTable();
  const specs = flagSpecs(table);
  const parsed = parseOwnFlags(specs, args);
  const { options: flags, sources } = resolveOptions(table, parsed.values, undefined);
  if (parsed.help) return { help: formatHelp(specs, TEXT) };
  if (flags.version) return { version: programVersionLine() };

  const asked = logFlags(flags).filter((_, at) => sources[LOG_FIELDS[at]!] === "flag");
  const nsqdArguments = [...nsqdFlags(flags, environment), ...asked, ...parsed.rest];
  const nsqd = parseNsqdOptions(nsqdArguments, environment, flags.logLevel);
  if (!("options" in nsqd)) return nsqd; // --help after --
  // The broker's configuration file has a say in what all three log.
  const log = [...logFlags(nsqd.options), ...asked];
  const lookupd = parseLookupdOptions([...lookupdFlags(flags, environment), ...log], environment);
  const admin = parseAdminOptions([...adminFlags(flags), ...log], environment);
  if (!("options" in lookupd)) return lookupd;
  if (!("options" in admin)) return admin;
  const { dataPath } = nsqd.options;
  return {
    options: { nsqd: nsqd.options, lookupd: lookupd.options, admin: admin.options, dataPath },
  };
}

/** @throws UsageError, which says of the broker's flags where they stand */
function parseOwnFlags(specs: readonly FlagSpec[], args: readonly string[]): ParsedFlags {
  try {
    return parseFlags(specs, args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const flag = /^unknown option '--?([^'=]+)/.exec(error.message)?.[1];
    if (!tableRows(nsqdOptionTable("")).some(([, spec]) => spec.flag === flag)) throw error;
    throw new UsageError(
      `--${flag} is a flag of the broker, which stands behind --, as in nsq standalone -- --${flag}`,
    );
  }
}

function nsqdFlags(flags: Flags, environment: OptionsEnvironment): string[] {
  return [
    announcing(flags, environment),
    `--tcp-address=${joinHostPort(flags.address, flags.tcpPort)}`,
    `--http-address=${joinHostPort(flags.address, flags.httpPort)}`,
    `--data-path=${flags.dataPath}`,
    ...flags.dataPath === "" ? [] : ["--data-path-create"],
  ];
}

function lookupdFlags(flags: Flags, environment: OptionsEnvironment): string[] {
  return [
    announcing(flags, environment),
    `--tcp-address=${joinHostPort(flags.address, flags.lookupdTcpPort)}`,
    `--http-address=${joinHostPort(flags.address, flags.lookupdHttpPort)}`,
  ];
}

/** The address of lookupd is the one that was asked for: a free port is known later. */
function adminFlags(flags: Flags): string[] {
  return [
    `--http-address=${joinHostPort(flags.address, flags.adminHttpPort)}`,
    `--lookupd-http-address=${joinHostPort(flags.address, flags.lookupdHttpPort)}`,
  ];
}

function announcing({ address }: Flags, environment: OptionsEnvironment): string {
  return `--broadcast-address=${
    ANY_INTERFACE.includes(address) ? environment.hostname() : address
  }`;
}

function logFlags({ logLevel, logFormat }: Omit<LogOptions, "logPrefix">): string[] {
  const level = Object.entries(LOG_LEVELS).find(([, value]) => value === logLevel)![0];
  return [`--log-level=${level}`, `--log-format=${logFormat}`];
}
