/** Which cluster a command acts on, and the client that asks it. */

import { UsageError } from "../../cli/usage_error.ts";
import { Cluster } from "../../cluster/cluster.ts";
import { JsonClient } from "../../http/json_client.ts";
import { WARN } from "../../log/level.ts";
import { createLogger } from "../../log/logger.ts";
import { readAuthorities, readKeyPair } from "../../tls/key_pair.ts";
import { ValueError } from "../../value_error.ts";
import {
  checkAddress,
  type ConnectionOptions,
  DEFAULT_LOOKUPD,
  DEFAULT_NSQD,
  type Reach,
} from "./connection_options.ts";
import type { Environment } from "./environment.ts";
import { readSecret } from "./secret.ts";

/** A cluster, as somebody named it. */
export interface Target {
  readonly reach: Reach;
  /** Name of the context it comes from; "" for none. */
  readonly context: string;
  /** Whether that context was named for this command, and not merely selected some time. */
  readonly isNamed: boolean;
  readonly isProduction: boolean;
  /** Nobody has said where the cluster is. */
  readonly isDefault: boolean;
}

/** A context, as {@link targetOf} needs it. */
export interface KnownContexts {
  readonly selected: string;
  /** @throws UsageError for one that is not there */
  get(name: string): { readonly reach: Reach; readonly production: boolean };
}

const NO_REACH: Reach = {
  lookupdHttp: [],
  nsqdHttp: [],
  caFile: "",
  certFile: "",
  keyFile: "",
  insecureSkipVerify: false,
  authSecretFile: "",
  authSecretCommand: "",
};

/** The figures of ten thousands of topics with their clients stay below. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/**
 * The cluster that is meant: addresses of the flags, else those of the context that `--context` names, else of NSQ_LOOKUPD or
 * NSQ_NSQD, else of the context that NSQ_CONTEXT names, else of the selected one, else this machine's default ports. Certificates and
 * the secret are those of the flags or of the context that was used; flags with an address use none
 * but the one that `--context` names. Without a context the secret is that of NSQ_AUTH_SECRET_FILE.
 *
 * @throws UsageError for a context that is not there, or addresses that are none
 */
export function targetOf(
  options: ConnectionOptions,
  environment: Environment,
  contexts: () => KnownContexts,
): Target {
  const hasAddresses = options.lookupdHttp.length + options.nsqdHttp.length > 0;
  const named = options.context !== "";
  const fromEnvironment = environment.lookupd !== undefined || environment.nsqd !== undefined;
  const plain = { context: "", isNamed: false, isProduction: false, isDefault: false };
  const bare = { ...NO_REACH, authSecretFile: environment.authSecretFile ?? "" };
  if (!named && hasAddresses) return { reach: merged(bare, options), ...plain };
  if (!named && fromEnvironment) {
    return { reach: merged({ ...bare, ...addressesIn(environment) }, options), ...plain };
  }
  const name = options.context || environment.context || contexts().selected;
  if (name === "") {
    return { reach: merged(bare, options), ...plain, isDefault: true };
  }
  const { reach, production } = contexts().get(name);
  return {
    reach: merged(reach, options),
    context: name,
    isNamed: named || environment.context !== undefined,
    isProduction: production,
    isDefault: false,
  };
}

function addressesIn({ lookupd, nsqd }: Environment): Partial<Reach> {
  return lookupd !== undefined
    ? { lookupdHttp: addressesOf("NSQ_LOOKUPD", lookupd) }
    : { nsqdHttp: addressesOf("NSQ_NSQD", nsqd ?? "") };
}

function addressesOf(variable: string, text: string): string[] {
  const addresses = text.split(",").map((each) => each.trim()).filter((each) => each !== "");
  try {
    addresses.forEach(checkAddress);
  } catch (error) {
    throw error instanceof ValueError ? new UsageError(`${variable}: ${error.message}`) : error;
  }
  return addresses;
}

/** What flags say wins; addresses of one kind take the place of both kinds. */
function merged(reach: Reach, flags: Reach): Reach {
  const addresses = flags.lookupdHttp.length + flags.nsqdHttp.length > 0 ? flags : reach;
  const secret = flags.authSecretFile + flags.authSecretCommand === "" ? reach : flags;
  const pair = flags.certFile === "" ? reach : flags;
  return {
    lookupdHttp: addresses.lookupdHttp,
    nsqdHttp: addresses.nsqdHttp,
    caFile: flags.caFile || reach.caFile,
    certFile: pair.certFile,
    keyFile: pair.keyFile,
    insecureSkipVerify: flags.insecureSkipVerify || reach.insecureSkipVerify,
    authSecretFile: secret.authSecretFile,
    authSecretCommand: secret.authSecretCommand,
  };
}

/** A cluster that can be asked. */
export interface Connection {
  readonly cluster: Cluster;
  readonly client: JsonClient;
  /** What to say besides if a command fails; "" for nothing. */
  readonly hint: string;
}

/** For who did not know that an address is missing. */
const NOBODY_HERE =
  `no address was given, so this machine's lookupd (${DEFAULT_LOOKUPD}) and broker (${DEFAULT_NSQD}) were asked: ` +
  "--lookupd-http-address or --nsqd-http-address says another";

/** What a file gives. @throws Error that names its flag */
function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`--http-client-tls-${flag}: ${(error as Error).message}`, { cause: error });
  }
}

/** The target's cluster. Where nobody has said where it is: of this machine's lookupd, or of its broker where there is no lookupd. */
export async function connect(
  target: Target,
  { connectTimeoutMs, requestTimeoutMs }: ConnectionOptions,
): Promise<Connection> {
  const { reach } = target;
  const secret = await readSecret(reach);
  const client = new JsonClient({
    connectTimeoutMs,
    requestTimeoutMs,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    insecureSkipVerify: reach.insecureSkipVerify,
    ...secret !== undefined && { authorization: `Bearer ${secret}` },
    ...reach.caFile !== "" && {
      caCerts: named("root-ca-file", () => readAuthorities(reach.caFile)),
    },
    ...reach.certFile !== "" && {
      clientCertificate: named("cert", () => readKeyPair(reach.certFile, reach.keyFile)),
    },
  });
  const addresses = target.isDefault
    ? await defaultAddresses(client)
    : { lookupd: reach.lookupdHttp, nsqd: reach.nsqdHttp, hint: "" };
  const hint = addresses.hint && `${addresses.hint}, and so does nsq context`;
  const logger = createLogger({ level: WARN, prefix: "", format: "text" });
  return { client, cluster: new Cluster({ addresses: () => addresses, client, logger }), hint };
}

/** The addresses of this machine's lookupd, or of its broker where there is no lookupd. */
export async function defaultAddresses(client: JsonClient) {
  if (await answers(client, DEFAULT_LOOKUPD)) {
    return { lookupd: [DEFAULT_LOOKUPD], nsqd: [], hint: "" };
  }
  const hint = await answers(client, DEFAULT_NSQD) ? "" : NOBODY_HERE;
  return { lookupd: [], nsqd: [DEFAULT_NSQD], hint }; // why that one does not answer is told by what is asked next
}

async function answers(client: JsonClient, address: string): Promise<boolean> {
  return await client.get(`http://${address}/info`).then(() => true, () => false);
}
