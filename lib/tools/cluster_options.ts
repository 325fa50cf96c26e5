/** The flags that tools have which watch a cluster over HTTP, and the cluster that they mean. */

import { parseHostPort } from "../net/host_port.ts";
import { bearerFrom } from "../access/secret_file.ts";
import { duration, text, textList } from "../cli/kind.ts";
import { inGroup, type OptionTable } from "../cli/option_table.ts";
import { UsageError } from "../cli/usage_error.ts";
import { ValueError } from "../value_error.ts";
import { Cluster } from "../cluster/cluster.ts";
import { JsonClient } from "../http/json_client.ts";
import { WARN } from "../log/level.ts";
import { createLogger } from "../log/logger.ts";
import { type Connection, defaultAddresses } from "./session/connection.ts";
import { DEFAULT_LOOKUPD, DEFAULT_NSQD } from "./session/connection_options.ts";

/** Where the daemons are, and how long they may take. */
export interface ClusterOptions {
  /** `host:port` of HTTP. */
  readonly nsqdHttp: readonly string[];
  /** `host:port` of HTTP. */
  readonly lookupdHttp: readonly string[];
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Path of the file with the secret to show; "" for none. */
  readonly authSecretFile: string;
}

const SECOND_MS = 1000;
const POSITIVE = { above: 0 };

/** The figures of ten thousands of topics with their clients stay below. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** Rows for {@link ClusterOptions}. */
export function clusterOptionTable(): OptionTable<ClusterOptions> {
  const add = inGroup("Cluster");
  const addresses = () => textList({ valueName: "addr:port", check: checkAddress });
  return {
    lookupdHttp: add(
      "lookupd-http-address",
      addresses(),
      [],
      `lookupd to ask where the brokers are (may be given multiple times); without any address ${DEFAULT_LOOKUPD}`,
    ),
    nsqdHttp: add(
      "nsqd-http-address",
      addresses(),
      [],
      "broker to ask where there is no lookupd (may be given multiple times); without any address " +
        `${DEFAULT_NSQD} where no lookupd is at ${DEFAULT_LOOKUPD}`,
    ),
    connectTimeoutMs: add(
      "http-client-connect-timeout",
      duration(POSITIVE),
      2 * SECOND_MS,
      "how long a connection may take",
    ),
    requestTimeoutMs: add(
      "http-client-request-timeout",
      duration(POSITIVE),
      5 * SECOND_MS,
      "how long an answer may take",
    ),
    authSecretFile: add(
      "auth-secret-file",
      text({ valueName: "file" }),
      "",
      "file that holds the secret to send",
    ),
  };
}

/** What is said where no address is. */
export const ADDRESS_REQUIRED = "--nsqd-http-address or --lookupd-http-address required";

/** Whether any address was given. */
export function hasAddress({ nsqdHttp, lookupdHttp }: ClusterOptions): boolean {
  return nsqdHttp.length + lookupdHttp.length > 0;
}

/** @throws UsageError when there are two kinds of addresses */
export function checkClusterOptions({ nsqdHttp, lookupdHttp }: ClusterOptions): void {
  if (nsqdHttp.length > 0 && lookupdHttp.length > 0) {
    throw new UsageError("use --nsqd-http-address or --lookupd-http-address not both");
  }
}

/** The cluster that the options mean, which without an address is this machine's: it is closed when it is not asked any more. */
export async function clusterOf(options: ClusterOptions): Promise<Connection> {
  const { connectTimeoutMs, requestTimeoutMs } = options;
  const client = new JsonClient({
    connectTimeoutMs,
    requestTimeoutMs,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    authorization: bearerFrom(options.authSecretFile),
  });
  const logger = createLogger({ level: WARN, prefix: "", format: "text" });
  const addresses = hasAddress(options)
    ? { nsqd: options.nsqdHttp, lookupd: options.lookupdHttp, hint: "" }
    : await defaultAddresses(client);
  const { hint } = addresses;
  return { cluster: new Cluster({ addresses: () => addresses, client, logger }), client, hint };
}

function checkAddress(address: string): void {
  if (/^https?:/i.test(address)) {
    throw new ValueError(
      "address should not contain scheme: give the <addr>:<port> of plain HTTP",
    );
  }
  if (parseHostPort(address) === undefined) throw new ValueError("must be <addr>:<port>");
}
