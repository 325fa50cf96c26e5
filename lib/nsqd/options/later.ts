/**
 * Options whose feature comes later. None passes silently: one that would switch its feature on is
 * refused. Options that only tune such a feature (statsd-interval, https-address,
 * max-deflate-level, http-client-*-timeout …) are accepted, as `/info`, `/config` and IDENTIFY
 * show their values anyway and without the feature they do nothing.
 *
 * A feature that arrives deletes its lines here, and gives its option the reference's default.
 */

import { parseHostPort } from "../../cli/host_port.ts";
import type { OptionTable } from "../../cli/option_table.ts";
import type { ResolvedOptions } from "../../cli/resolve_options.ts";
import { UsageError } from "../../cli/usage_error.ts";
import type { NsqdOptions } from "./type.ts";

interface LaterOption {
  readonly field: keyof NsqdOptions;
  readonly feature: string;
  /** Whether a value asks for the feature; left out: every value but the default does. */
  readonly asksForIt?: (value: unknown) => boolean;
  /** In a file, warn and leave it off: files copied from the reference's example have it. */
  readonly onlyWarnInFile?: true;
}

const LATER_OPTIONS: readonly LaterOption[] = [
  { field: "nsqlookupdTcpAddresses", feature: "lookupd" },
  { field: "authHttpAddresses", feature: "authorization" },
  { field: "statsdAddress", feature: "statsd" },
  { field: "e2eProcessingLatencyPercentiles", feature: "processing latency" },
  { field: "tlsCert", feature: "TLS" },
  { field: "tlsKey", feature: "TLS" },
  { field: "tlsRootCaFile", feature: "TLS" },
  { field: "tlsClientAuthPolicy", feature: "TLS" },
  { field: "tlsRequired", feature: "TLS" },
  { field: "tlsMinVersion", feature: "TLS" },
  { field: "snappyEnabled", feature: "snappy", onlyWarnInFile: true },
  { field: "deflateEnabled", feature: "deflate", onlyWarnInFile: true },
  { field: "tcpAddress", feature: "Unix sockets", asksForIt: isUnixSocketPath },
  { field: "httpAddress", feature: "Unix sockets", asksForIt: isUnixSocketPath },
];

/**
 * Checks that no option asks for a feature that is not there.
 *
 * @param filePath of the configuration file, for messages
 * @returns the options, with those that are only warned of switched off
 * @throws UsageError naming the flag, or the file and key, that asks for one
 */
export function refuseLaterFeatures(
  table: OptionTable<NsqdOptions>,
  resolved: ResolvedOptions<NsqdOptions>,
  filePath: string,
  warn: (line: string) => void,
): NsqdOptions {
  const { options, sources } = resolved;
  const switchedOff = new Map<string, unknown>();
  for (const { field, feature, asksForIt, onlyWarnInFile } of LATER_OPTIONS) {
    const { flag, configKey, defaultValue } = table[field];
    const asked = asksForIt?.(options[field]) ?? String(options[field]) !== String(defaultValue);
    if (!asked) continue;
    const inFile = sources[field] === "file";
    const where = inFile ? `${filePath}: ${configKey}` : `--${flag}`;
    const message = `${where}: not supported yet (${feature})`;
    if (!inFile || !onlyWarnInFile) throw new UsageError(message);
    warn(`${message}, left off`);
    switchedOff.set(field, defaultValue);
  }
  return { ...options, ...Object.fromEntries(switchedOff) };
}

/** The reference takes whatever is no `<host>:<port>` for the path of a socket. */
function isUnixSocketPath(address: unknown): boolean {
  return address !== "" && parseHostPort(String(address)) === undefined;
}
