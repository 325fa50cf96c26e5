/** Every option of admin. Names, defaults and units are those of the reference's flags. */

import { parseHostPort } from "../lib/net/host_port.ts";
import { boolean, duration, text, textList } from "../lib/cli/kind.ts";
import { type LogOptions, logOptionTable } from "../lib/cli/log_options.ts";
import { inGroup, type OptionTable } from "../lib/cli/option_table.ts";
import { ValueError } from "../lib/value_error.ts";
import type { LogLevel } from "../lib/log/logger.ts";
import { parseCidr } from "./security/cidr.ts";

/**
 * Options of a running admin. Durations are milliseconds and may have fractions.
 *
 * Two fields change at run time, by PUT /config: read them when they are needed.
 */
export interface AdminOptions
  extends LogOptions, AccessOptions, ClusterHttpOptions, GraphiteOptions, ShownOptions {
  /** Changes at run time. */
  logLevel: LogLevel;
  /** `<addr>:<port>`, see `parseHostPort`. */
  readonly httpAddress: string;
  /** As given; see `normalizeBasePath`. */
  readonly basePath: string;
  /** "" for the pages in the executable. */
  readonly devStaticDir: string;
  /** "" for none. */
  readonly notificationHttpEndpoint: string;
}

/** Who may do what. */
interface AccessOptions {
  /** "" for everybody. */
  readonly allowConfigFromCidr: string;
  readonly aclHttpHeader: string;
  /** Path, "" for none. */
  readonly httpAuthFile: string;
  /** Empty: everybody is one. */
  readonly adminUsers: readonly string[];
  /** Names under which a browser may have found this server, besides its address. */
  readonly allowedHosts: readonly string[];
}

/** Where the daemons are, and how they are asked. */
interface ClusterHttpOptions {
  /** Changes at run time. */
  nsqlookupdHttpAddresses: readonly string[];
  readonly nsqdHttpAddresses: readonly string[];
  readonly httpClientConnectTimeoutMs: number;
  readonly httpClientRequestTimeoutMs: number;
  readonly httpClientTlsInsecureSkipVerify: boolean;
  /** Path, "" for none. */
  readonly httpClientAuthSecretFile: string;
  /** Paths of PEM files, "" for none. */
  readonly httpClientTlsRootCaFile: string;
  readonly httpClientTlsCert: string;
  readonly httpClientTlsKey: string;
}

/** What viewers are told about the cluster. */
interface ShownOptions {
  /** Beside the brand; "" for nothing. */
  readonly clusterName: string;
  /** Of the page's upper edge, so that nobody takes production for a test; "" for none. */
  readonly environmentColour: string;
}

/** Where history is kept that is older than this process. */
interface GraphiteOptions {
  /** Whose API has the brokers' metrics; "" for none. */
  readonly prometheusUrl: string;
  /** "" for no graphs. */
  readonly graphiteUrl: string;
  readonly proxyGraphite: boolean;
  readonly statsdPrefix: string;
  readonly statsdCounterFormat: string;
  readonly statsdGaugeFormat: string;
  readonly statsdIntervalMs: number;
}

const SECOND_MS = 1000;
const NOT_NEGATIVE = { min: 0 };

/** For each the style sheet has a pair that can be read, light and dark. */
const ENVIRONMENT_COLOURS = ["red", "orange", "yellow", "green", "blue", "purple", "grey"];

/** The options and their flags. */
export const ADMIN_OPTION_TABLE: OptionTable<AdminOptions> = {
  ...generalOptions(),
  ...clusterOptions(),
  ...accessOptions(),
  ...graphiteOptions(),
};

function generalOptions() {
  const general = inGroup("General");
  const addresses = inGroup("Addresses");
  return {
    ...logOptionTable({ logPrefix: "[nsqadmin] " }),
    devStaticDir: general(
      "dev-static-dir",
      text({ valueName: "path" }),
      "",
      "folder to serve the pages' files from, in place of the built-in ones, for their development",
    ),
    httpAddress: addresses("http-address", address(), "0.0.0.0:4171", "where browsers ask"),
    basePath: addresses(
      "base-path",
      text({ valueName: "path" }),
      "/",
      "what stands before all paths, for a server behind a proxy",
    ),
    clusterName: general(
      "cluster-name",
      text({ valueName: "name" }),
      "",
      "what the pages call this cluster",
    ),
    environmentColour: general(
      "environment-colour",
      text({ valueName: "colour", check: checkColour }),
      "",
      `colour of a band above the pages, so that nobody takes production for a test: ${
        ENVIRONMENT_COLOURS.join(", ")
      }`,
    ),
  };
}

function clusterOptions() {
  const add = inGroup("Cluster");
  const tls = inGroup("TLS towards the cluster");
  const limit = (flag: string, seconds: number, help: string) =>
    add(flag, duration(NOT_NEGATIVE), seconds * SECOND_MS, help);
  const file = (flag: string, help: string) => tls(flag, text({ valueName: "file" }), "", help);
  return {
    nsqlookupdHttpAddresses: add(
      "lookupd-http-address",
      addressList(),
      [],
      "lookupd to ask for nodes and topics (may be given multiple times)",
      "nsqlookupd_http_addresses",
    ),
    nsqdHttpAddresses: add(
      "nsqd-http-address",
      addressList(),
      [],
      "nsqd to ask where there is no lookupd (may be given multiple times)",
      "nsqd_http_addresses",
    ),
    httpClientAuthSecretFile: add(
      "http-client-auth-secret-file",
      text({ valueName: "file" }),
      "",
      "file with the token to show to the HTTP API of daemons",
    ),
    httpClientConnectTimeoutMs: limit(
      "http-client-connect-timeout",
      2,
      "how long a connection to a daemon may take",
    ),
    httpClientRequestTimeoutMs: limit(
      "http-client-request-timeout",
      5,
      "how long an answer of a daemon may take",
    ),
    httpClientTlsInsecureSkipVerify: tls(
      "http-client-tls-insecure-skip-verify",
      boolean(),
      false,
      "trust daemons whatever their certificates say",
    ),
    httpClientTlsRootCaFile: file(
      "http-client-tls-root-ca-file",
      "PEM of authorities that daemons are trusted by",
    ),
    httpClientTlsCert: file("http-client-tls-cert", "PEM of the certificate shown to daemons"),
    httpClientTlsKey: file("http-client-tls-key", "PEM of that certificate's key"),
  };
}

function accessOptions() {
  const add = inGroup("Access");
  return {
    allowConfigFromCidr: add(
      "allow-config-from-cidr",
      text({ valueName: "cidr", check: checkCidr }),
      "127.0.0.1/8",
      "from where /config may be asked",
    ),
    httpAuthFile: add(
      "http-auth-file",
      text({ valueName: "file" }),
      "",
      "JSON file of tokens, one of which people and scripts have to show; browsers ask for it as a " +
        "password; none: all may ask",
    ),
    aclHttpHeader: add(
      "acl-http-header",
      text({ valueName: "name", check: checkHeaderName }),
      "X-Forwarded-User",
      "header in which a proxy names the user",
    ),
    adminUsers: add(
      "admin-user",
      textList(),
      [],
      "user who may change things (may be given multiple times; without it everybody may)",
      "admin_users",
    ),
    allowedHosts: add(
      "allow-host",
      textList({ valueName: "host" }),
      [],
      "name under which browsers may ask (may be given multiple times). Without it, a server that " +
        "listens on a loopback address answers to localhost and addresses only, others to any name",
      "allowed_hosts",
    ),
    notificationHttpEndpoint: add(
      "notification-http-endpoint",
      text({ valueName: "url", check: checkUrl }),
      "",
      "URL to which a JSON object is POSTed for each change made here",
    ),
  };
}

function graphiteOptions() {
  const add = inGroup("Graphite");
  return {
    prometheusUrl: inGroup("Prometheus")(
      "prometheus-url",
      text({ valueName: "url", check: checkUrl }),
      "",
      "a Prometheus that scrapes the brokers' /metrics, for charts of hours and days that this " +
        "process has not seen",
    ),
    graphiteUrl: add(
      "graphite-url",
      text({ valueName: "url", check: checkUrl }),
      "",
      "graphite, for graphs of the past",
    ),
    proxyGraphite: add(
      "proxy-graphite",
      boolean(),
      false,
      "pass requests for graphs on to graphite, where browsers cannot reach it",
    ),
    statsdCounterFormat: add(
      "statsd-counter-format",
      text(),
      "stats.counters.%s.count",
      "how statsd names counters; empty for as they are",
    ),
    statsdGaugeFormat: add(
      "statsd-gauge-format",
      text(),
      "stats.gauges.%s",
      "how statsd names gauges; empty for as they are",
    ),
    statsdPrefix: add(
      "statsd-prefix",
      text(),
      "nsq.%s",
      "prefix of all names, %s for the host; as given to nsqd",
    ),
    statsdIntervalMs: add(
      "statsd-interval",
      duration(NOT_NEGATIVE),
      60 * SECOND_MS,
      "time between nsqd's reports to statsd; as given to nsqd",
    ),
  };
}

function address() {
  return text({ valueName: "addr:port", check: checkAddress });
}

function addressList() {
  return textList({ valueName: "addr:port", check: checkAddress });
}

/** Whether lookupd or nsqd can be asked at `address`. @throws ValueError when not */
export function checkAddress(address: string): void {
  if (/^https?:/i.test(address)) {
    throw new ValueError(
      "address should not contain scheme: give the <addr>:<port> of plain HTTP; " +
        "an nsqd that demands TLS says so there, and is asked over HTTPS",
    );
  }
  const at = parseHostPort(address);
  if (at === undefined || /[\s/?#@\\]/.test(address)) throw new ValueError("must be <addr>:<port>");
}

function checkCidr(cidr: string): void {
  if (cidr !== "" && parseCidr(cidr) === undefined) {
    throw new ValueError(`${JSON.stringify(cidr)} is no address range such as 10.0.0.0/8`);
  }
}

function checkHeaderName(name: string): void {
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new ValueError(`${JSON.stringify(name)} is no name of a header`);
  }
}

function checkColour(colour: string): void {
  if (colour !== "" && !ENVIRONMENT_COLOURS.includes(colour)) {
    throw new ValueError(
      `${JSON.stringify(colour)} is none of ${ENVIRONMENT_COLOURS.join(", ")}`,
    );
  }
}

function checkUrl(url: string): void {
  if (url === "") return;
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    throw new ValueError(`${JSON.stringify(url)} is no URL that starts with http:// or https://`);
  }
}
