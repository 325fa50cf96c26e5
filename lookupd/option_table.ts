/** Every option of lookupd. Names, defaults and units are those of the reference's flags. */

import { parseHostPort } from "../lib/net/host_port.ts";
import { duration, text } from "../lib/cli/kind.ts";
import { type LogOptions, logOptionTable } from "../lib/cli/log_options.ts";
import { inGroup, type OptionTable } from "../lib/cli/option_table.ts";
import { ValueError } from "../lib/value_error.ts";

/** Options of a running lookupd. Durations are milliseconds and may have fractions. */
export interface LookupdOptions extends LogOptions {
  /** `<addr>:<port>`, see `parseHostPort`. */
  readonly tcpAddress: string;
  readonly httpAddress: string;
  readonly broadcastAddress: string;
  /** Path, "" for none. */
  readonly httpAuthFile: string;
  readonly inactiveProducerTimeoutMs: number;
  readonly tombstoneLifetimeMs: number;
}

const SECOND_MS = 1000;
const NOT_NEGATIVE = { min: 0 };

/** Builds the table. One of the defaults is the host's name. */
export function lookupdOptionTable(hostname: string): OptionTable<LookupdOptions> {
  const addresses = inGroup("Addresses");
  const producers = inGroup("Producers");
  const address = () => text({ valueName: "addr:port", check: checkAddress });
  return {
    ...logOptionTable({ logPrefix: "[nsqlookupd] " }),
    tcpAddress: addresses("tcp-address", address(), "0.0.0.0:4160", "where brokers connect"),
    httpAddress: addresses(
      "http-address",
      address(),
      "0.0.0.0:4161",
      "where consumers and operators ask",
    ),
    broadcastAddress: addresses(
      "broadcast-address",
      text({ valueName: "host" }),
      hostname,
      "name under which brokers are told to know this host; default is the hostname",
    ),
    httpAuthFile: inGroup("Access")(
      "http-auth-file",
      text({ valueName: "file" }),
      "",
      "JSON file of tokens, one of which whoever calls the HTTP API has to show; none: all may call",
    ),
    inactiveProducerTimeoutMs: producers(
      "inactive-producer-timeout",
      duration(NOT_NEGATIVE),
      300 * SECOND_MS,
      "a producer that has not pinged for this long is left out of answers",
    ),
    tombstoneLifetimeMs: producers(
      "tombstone-lifetime",
      duration(NOT_NEGATIVE),
      45 * SECOND_MS,
      "how long a tombstone hides a producer of a topic",
    ),
  };
}

function checkAddress(address: string): void {
  if (parseHostPort(address) === undefined) throw new ValueError("must be <addr>:<port>");
}
