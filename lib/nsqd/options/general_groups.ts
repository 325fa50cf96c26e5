/** Who this nsqd is, what it logs, where it listens and whom it talks to. */

import { createHash } from "node:crypto";
import { isIP } from "node:net";
import { crc32 } from "node:zlib";
import { parseHostPort } from "../../net/host_port.ts";
import { duration, integer, type Kind, orAuto, text, textList, word } from "../../cli/kind.ts";
import { ANY_HOST } from "../../cli/description.ts";
import { logOptionTable } from "../../cli/log_options.ts";
import type { LogLevel } from "../../log/level.ts";
import { ValueError } from "../../value_error.ts";
import { inGroup, NOT_NEGATIVE, SECOND_MS } from "./group.ts";
import { EXPERIMENTS } from "./type.ts";

/** Node ids have 10 bits of a message id. */
const NODE_ID_LIMIT = 1024;

const MAX_PORT = 65535;

export function generalOptions(hostname: string, logLevel: LogLevel) {
  const add = inGroup("General");
  return {
    nodeId: add(
      "node-id",
      nodeIdKind(hostname),
      defaultNodeId(hostname),
      "part of every message id, unique among nsqds, in range [0,1024); default is a hash of the hostname",
      "id",
    ),
    ...logOptionTable({ logPrefix: "[nsqd] ", logLevel }),
    experiments: add(
      "enable-experiment",
      textList({ valueName: "name", check: checkExperiment }),
      [],
      `switch on an experimental feature; repeatable; known: ${EXPERIMENTS.join(", ")}`,
    ),
  };
}

/** A hash is no default to be shown where no host is meant. */
function nodeIdKind(hostname: string): Kind<number> {
  const kind = integer({ min: 0, max: NODE_ID_LIMIT - 1 });
  return hostname === ANY_HOST ? { ...kind, format: () => "" } : kind;
}

/** The reference's default node id: a hash of the host's name. */
function defaultNodeId(hostname: string): number {
  return crc32(createHash("md5").update(hostname).digest()) % NODE_ID_LIMIT;
}

/** More threads would only wait for the core. */
const MAX_IO_THREADS = 64;

export function addressOptions() {
  const add = inGroup("Addresses");
  const address = (valueName: string, optional: boolean): Kind<string> =>
    text({ valueName, check: (value) => checkAddress(value, optional) });
  return {
    tcpAddress: add(
      "tcp-address",
      address("addr:port", false),
      "0.0.0.0:4150",
      "where NSQ clients connect; or the path of a Unix socket",
    ),
    ioThreads: add(
      "io-threads",
      orAuto(integer({ min: 0, max: MAX_IO_THREADS })),
      0,
      "threads that read, write, encrypt and compress for connections of --tcp-address, and receive\n" +
        "and answer plain HTTP, on Linux; 0 (default) to 64: 0 does that in the thread of the broker\n" +
        "itself; auto: one less than cores, at most 8. Pays where TLS, compression, many connections\n" +
        "or publishing over HTTP keep that one busy and the machine has cores to spare",
    ),
    httpAddress: add(
      "http-address",
      address("addr:port", true),
      "0.0.0.0:4151",
      "where HTTP clients connect; or the path of a Unix socket; empty for no HTTP",
    ),
    httpsAddress: add(
      "https-address",
      address("addr:port", true),
      "0.0.0.0:4152",
      "where HTTPS clients connect, once there is a certificate",
    ),
  };
}

export function clusterOptions(hostname: string) {
  const add = inGroup("Cluster");
  const auth = inGroup("Authorization");
  const port = () => integer({ min: 0, max: MAX_PORT });
  return {
    broadcastAddress: add(
      "broadcast-address",
      text({ valueName: "host" }),
      hostname,
      "name under which others reach this host; default is the hostname",
    ),
    broadcastTcpPort: add(
      "broadcast-tcp-port",
      port(),
      0,
      "TCP port to announce; default is the one listened on",
    ),
    broadcastHttpPort: add(
      "broadcast-http-port",
      port(),
      0,
      "HTTP port to announce; default is the one listened on",
    ),
    nsqlookupdTcpAddresses: add(
      "lookupd-tcp-address",
      textList({ valueName: "addr:port" }),
      [],
      "lookupd to register with; repeatable",
      "nsqlookupd_tcp_addresses",
    ),
    authHttpAddresses: auth(
      "auth-http-address",
      textList({ valueName: "addr:port|url" }),
      [],
      "authorization server to ask; repeatable",
      "auth_http_addresses",
    ),
    authHttpRequestMethod: auth(
      "auth-http-request-method",
      word({ get: "get", post: "post" } as const, undefined, { exactCase: true }),
      "get",
      "how the authorization server is asked: get or post",
    ),
    httpAuthFile: auth(
      "http-auth-file",
      text({ valueName: "file" }),
      "",
      "JSON file of tokens, one of which whoever calls the HTTP API has to show; none: all may call",
    ),
    httpClientAuthSecretFile: auth(
      "http-client-auth-secret-file",
      text({ valueName: "file" }),
      "",
      "file with the token to show to the HTTP API of lookupds",
    ),
    httpClientConnectTimeoutMs: add(
      "http-client-connect-timeout",
      duration(NOT_NEGATIVE),
      2 * SECOND_MS,
      "limit for connecting to another HTTP server",
    ),
    httpClientRequestTimeoutMs: add(
      "http-client-request-timeout",
      duration(NOT_NEGATIVE),
      5 * SECOND_MS,
      "limit for a whole request to another HTTP server",
    ),
    topologyRegion: add(
      "topology-region",
      text(),
      "",
      "region of this nsqd, made of one or more zones; nearer consumers are preferred with\n" +
        "--enable-experiment=topology-aware-consumption, and counted in any case",
    ),
    topologyZone: add(
      "topology-zone",
      text(),
      "",
      "zone of this nsqd, which fails as one; consumers in it are preferred likewise",
    ),
  };
}

function checkExperiment(name: string): void {
  if (EXPERIMENTS.some((known) => known === name)) return;
  throw new ValueError(
    `unknown experiment ${JSON.stringify(name)} (one of: ${EXPERIMENTS.join(", ")})`,
  );
}

/** Refuses a bad port, a host without one and, unless the listener is optional, an empty address. */
function checkAddress(address: string, optional: boolean): void {
  if (address === "" && !optional) throw new ValueError("must not be empty");
  if (parseHostPort(address) === undefined && isHost(address)) {
    throw new ValueError(
      `${
        JSON.stringify(address)
      } has no port: give <addr>:<port>, or ./${address} for a Unix socket`,
    );
  }
}

/** What nobody calls a socket's file. Names of hosts pass: `nsqd.sock` could be one. */
function isHost(address: string): boolean {
  return address === "localhost" || isIP(address.replace(/^\[(.*)\]$/, "$1")) !== 0;
}
