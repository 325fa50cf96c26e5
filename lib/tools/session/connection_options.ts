/** The flags of every command that acts on a cluster: where its daemons are, and how they are reached. */

import { duration, text, textList } from "../../cli/kind.ts";
import { boolean } from "../../cli/kind.ts";
import { inGroup, type OptionTable } from "../../cli/option_table.ts";
import { UsageError } from "../../cli/usage_error.ts";
import { parseHostPort } from "../../net/host_port.ts";
import { ValueError } from "../../value_error.ts";

/** How the daemons of a cluster are reached. A context keeps these. */
export interface Reach {
  /** `host:port` of HTTP, or `https://host:port`. */
  readonly lookupdHttp: readonly string[];
  readonly nsqdHttp: readonly string[];
  /** Paths; "" for none. */
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly insecureSkipVerify: boolean;
  /** Path of a file that holds a secret; "" for none. */
  readonly authSecretFile: string;
  /** Line of a shell that prints a secret; "" for none. */
  readonly authSecretCommand: string;
}

/** {@link Reach}, and what only a command line says. */
export interface ConnectionOptions extends Reach {
  /** Name of a context; "" for none. */
  readonly context: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** Where a lookupd and a broker listen unless they are told otherwise. */
export const DEFAULT_LOOKUPD = "127.0.0.1:4161";
export const DEFAULT_NSQD = "127.0.0.1:4151";

const SECOND_MS = 1000;
const POSITIVE = { above: 0 };
const DEFAULT_REQUEST_TIMEOUT_MS = 10 * SECOND_MS;

/** Rows for {@link Reach}. */
export function reachTable(): OptionTable<Reach> {
  const add = inGroup("Cluster");
  const addresses = () => textList({ valueName: "addr:port", check: checkAddress });
  const file = () => text({ valueName: "file" });
  return {
    lookupdHttp: add(
      "lookupd-http-address",
      addresses(),
      [],
      "lookupd to ask where the brokers are; https:// may stand in front (may be given multiple times)",
    ),
    nsqdHttp: add(
      "nsqd-http-address",
      addresses(),
      [],
      "broker, where there is no lookupd or it alone is meant (may be given multiple times)",
    ),
    caFile: add("http-client-tls-root-ca-file", file(), "", "PEM of the authorities to trust"),
    certFile: add("http-client-tls-cert", file(), "", "PEM of the certificate to show"),
    keyFile: add("http-client-tls-key", file(), "", "PEM of that certificate's key"),
    insecureSkipVerify: add(
      "http-client-tls-insecure-skip-verify",
      boolean(),
      false,
      "trust every certificate",
    ),
    authSecretFile: add("auth-secret-file", file(), "", "file that holds the secret to send"),
    authSecretCommand: add(
      "auth-secret-command",
      text({ valueName: "command" }),
      "",
      "line for /bin/sh that prints the secret to send",
    ),
  };
}

/** Rows for {@link ConnectionOptions}. */
export function connectionTable(): OptionTable<ConnectionOptions> {
  const add = inGroup("Cluster");
  const { lookupdHttp, nsqdHttp, ...more } = reachTable();
  return {
    lookupdHttp: {
      ...lookupdHttp,
      help: `${lookupdHttp.help}; without any address NSQ_LOOKUPD, else NSQ_NSQD, else the ` +
        `context's, else ${DEFAULT_LOOKUPD}`,
    },
    nsqdHttp: {
      ...nsqdHttp,
      help: `${nsqdHttp.help}; without any address ${DEFAULT_NSQD} where none of those is set ` +
        `and no lookupd is at ${DEFAULT_LOOKUPD}`,
    },
    context: add(
      "context",
      text({ valueName: "name" }),
      "",
      "cluster to act on, as nsq context ls names it; default is NSQ_CONTEXT, else the selected one",
    ),
    ...more,
    connectTimeoutMs: add(
      "http-client-connect-timeout",
      duration(POSITIVE),
      2 * SECOND_MS,
      "how long a connection may take",
    ),
    requestTimeoutMs: add(
      "http-client-request-timeout",
      duration(POSITIVE),
      DEFAULT_REQUEST_TIMEOUT_MS,
      "how long an answer may take",
    ),
  };
}

/** @throws UsageError for flags that do not go together */
export function checkReach(reach: Reach): void {
  if (reach.nsqdHttp.length > 0 && reach.lookupdHttp.length > 0) {
    throw new UsageError("use --nsqd-http-address or --lookupd-http-address, not both");
  }
  if ((reach.certFile === "") !== (reach.keyFile === "")) {
    throw new UsageError("--http-client-tls-cert and --http-client-tls-key need each other");
  }
  if (reach.authSecretFile !== "" && reach.authSecretCommand !== "") {
    throw new UsageError("use --auth-secret-file or --auth-secret-command, not both");
  }
}

/** @throws ValueError for what is no address of a daemon */
export function checkAddress(address: string): void {
  const place = address.replace(/^https?:\/\//i, "");
  const parsed = parseHostPort(place);
  if (parsed === undefined || place.endsWith(":")) {
    throw new ValueError(`${JSON.stringify(address)} is no <addr>:<port>`);
  }
}
