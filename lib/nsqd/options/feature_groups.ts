/** Statistics for others, TLS and compression. */

import { boolean, duration, integer, numberList, text, word } from "../../cli/kind.ts";
import { inGroup, MINUTE_MS, MORE_THAN_ZERO, NOT_NEGATIVE, POSITIVE } from "./group.ts";
import type { TlsRequired } from "./type.ts";

/** TLS versions by flag word, with Go's numbers for them, which `/config` shows. */
const TLS_VERSIONS: Readonly<Record<string, number>> = {
  "tls1.0": 0x0301,
  "tls1.1": 0x0302,
  "tls1.2": 0x0303,
  "tls1.3": 0x0304,
};
const TLS_VERSION_WORDS = {
  ...Object.fromEntries(Object.keys(TLS_VERSIONS).map((name) => [name, name])),
  "": "tls1.0", // as a file copied from the reference's example has it
};

const TLS_REQUIRED_NUMBERS: Readonly<Record<TlsRequired, number>> = {
  no: 0,
  "except-http": 1,
  yes: 2,
};
const TLS_REQUIRED_WORDS: Readonly<Record<string, TlsRequired>> = {
  false: "no",
  true: "yes",
  "tcp-https": "except-http",
};

export function statisticsOptions() {
  const add = inGroup("Statistics");
  return {
    statsdAddress: add(
      "statsd-address",
      text({ valueName: "addr:port" }),
      "",
      "UDP address of a statsd daemon",
    ),
    statsdPrefix: add(
      "statsd-prefix",
      text(),
      "nsq.%s",
      "prefix of the keys sent to statsd; %s stands for the host",
    ),
    statsdIntervalMs: add(
      "statsd-interval",
      duration(MORE_THAN_ZERO),
      MINUTE_MS,
      "time between two reports to statsd",
    ),
    statsdMemStats: add("statsd-mem-stats", boolean(), true, "report memory figures to statsd"),
    statsdUdpPacketSizeBytes: add(
      "statsd-udp-packet-size",
      integer(POSITIVE),
      508,
      "largest datagram to statsd in bytes",
    ),
    statsdExcludeEphemeral: add(
      "statsd-exclude-ephemeral",
      boolean(),
      false,
      "leave ephemeral topics and channels out of the reports to statsd",
    ),
    e2eProcessingLatencyPercentiles: add(
      "e2e-processing-latency-percentile",
      numberList({ above: 0, max: 1 }),
      [],
      "percentile of processing time to track, in range (0,1.0]; repeatable or comma-separated",
      "e2e_processing_latency_percentiles",
    ),
    e2eProcessingLatencyWindowTimeMs: add(
      "e2e-processing-latency-window-time",
      duration(NOT_NEGATIVE),
      10 * MINUTE_MS,
      "how far back the percentiles look",
    ),
  };
}

export function securityOptions() {
  const add = inGroup("TLS");
  return {
    tlsCert: add("tls-cert", text({ valueName: "file" }), "", "certificate"),
    tlsKey: add("tls-key", text({ valueName: "file" }), "", "private key of the certificate"),
    tlsClientAuthPolicy: add(
      "tls-client-auth-policy",
      word({ "": "", require: "require", "require-verify": "require-verify" } as const, undefined, {
        exactCase: true,
      }),
      "",
      "whether clients must show a certificate: require, or require-verify for a trusted one",
    ),
    tlsRootCaFile: add(
      "tls-root-ca-file",
      text({ valueName: "file" }),
      "",
      "certificate authority that clients' certificates must come from",
    ),
    tlsRequired: add(
      "tls-required",
      word(TLS_REQUIRED_WORDS, (value) => TLS_REQUIRED_NUMBERS[value], { isBoolean: true }),
      "no",
      "refuse clients without TLS: true, false, or tcp-https to leave HTTP alone",
    ),
    tlsMinVersion: add(
      "tls-min-version",
      word(TLS_VERSION_WORDS, (value) => TLS_VERSIONS[value], { valueName: "version" }),
      "tls1.0",
      "oldest TLS version to accept: tls1.2 or tls1.3; tls1.0 and tls1.1 are taken as tls1.2",
    ),
  };
}

export function compressionOptions() {
  const add = inGroup("Compression");
  return {
    deflateEnabled: add(
      "deflate",
      boolean(),
      true,
      "let clients choose deflate",
    ),
    maxDeflateLevel: add(
      "max-deflate-level",
      integer({ min: 1, max: 9 }),
      6,
      "highest deflate level that a client may ask for",
    ),
    snappyEnabled: add(
      "snappy",
      boolean(),
      true,
      "let clients choose snappy",
    ),
  };
}
