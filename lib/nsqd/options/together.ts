/** What nsqd's options ask of each other. */
import { UsageError } from "../../cli/usage_error.ts";
import type { Need } from "../../cli/without_effect.ts";
import { parseListenAddress } from "../../net/listen_address.ts";
import type { Policy } from "../../policies/policy.ts";
import { requiresTls } from "../../tls/server_settings.ts";
import type { NsqdOptions } from "./type.ts";

/** What has no effect without what. Left out is what can have one yet, as lookupds and policies come while the broker runs. */
export const NSQD_NEEDS_OF_OPTIONS: readonly Need<NsqdOptions>[] = [
  {
    of: [
      "statsdPrefix",
      "statsdIntervalMs",
      "statsdUdpPacketSizeBytes",
      "statsdExcludeEphemeral",
    ],
    isMet: ({ statsdAddress }) => statsdAddress !== "",
    without: "--statsd-address",
  },
  {
    of: ["e2eProcessingLatencyWindowTimeMs"],
    isMet: ({ e2eProcessingLatencyPercentiles: percentiles }) => percentiles.length > 0,
    without: "--e2e-processing-latency-percentile",
  },
  {
    of: ["maxDeflateLevel"],
    isMet: ({ deflateEnabled }) => deflateEnabled,
    without: "--deflate",
  },
  {
    of: ["authHttpRequestMethod"],
    isMet: ({ authHttpAddresses }) => authHttpAddresses.length > 0,
    without: "--auth-http-address",
  },
  {
    of: ["httpsAddress", "tlsMinVersion"],
    isMet: ({ tlsCert }) => tlsCert !== "",
    without: "--tls-cert and --tls-key",
  },
  {
    // It is what auth servers are trusted by, too.
    of: ["tlsRootCaFile"],
    isMet: ({ tlsClientAuthPolicy, authHttpAddresses }) =>
      tlsClientAuthPolicy === "require-verify" || authHttpAddresses.length > 0,
    without: "--tls-client-auth-policy=require-verify: no client is asked for a certificate of it",
  },
  {
    of: ["httpAuthFile"],
    isMet: ({ httpAddress, httpsAddress, tlsCert }) =>
      httpAddress !== "" || tlsCert !== "" && httpsAddress !== "",
    without: "--http-address",
  },
  {
    of: ["dataPathCreate"],
    isMet: ({ dataPath }) => dataPath !== "",
    without: "--data-path",
  },
];

/** A line for each of `--retain-…` where there is nothing to retain, unless a policy changes that while the broker runs. */
export function vainRetention(
  { durable, retainAgeMs, retainBytes }: NsqdOptions,
  policies: readonly Policy[],
): string[] {
  if (durable.length > 0 || policies.some(({ set }) => set.get("durable") === true)) return [];
  const given = [...retainAgeMs > 0 ? ["age"] : [], ...retainBytes > 0 ? ["bytes"] : []];
  return given.map((name) =>
    `--retain-${name} has no effect yet: no topic is durable, by --durable or by a policy`
  );
}

/** @throws UsageError for options that cannot be followed together, before anything is opened */
export function checkTogether(options: NsqdOptions): void {
  const { tlsCert, tlsKey, tcpAddress, httpsAddress, ioThreads } = options;
  if (tlsCert !== "" && tlsKey === "") {
    throw new UsageError("--tls-key is missing, which --tls-cert needs");
  }
  if (tlsKey !== "" && tlsCert === "") {
    throw new UsageError("--tls-cert is missing, which --tls-key needs");
  }
  if (tlsCert === "" && requiresTls(options)) {
    throw new UsageError(
      "cannot require TLS client connections without TLS key and cert: --tls-key and --tls-cert",
    );
  }
  if (tlsCert !== "" && httpsAddress !== "" && isUnixSocket(httpsAddress)) {
    throw new UsageError(`--https-address: ${JSON.stringify(httpsAddress)} is not <addr>:<port>`);
  }
  if (ioThreads !== "auto" && ioThreads > 0 && isUnixSocket(tcpAddress)) {
    throw new UsageError("--io-threads: a Unix socket, as --tcp-address is, cannot have any");
  }
}

function isUnixSocket(address: string): boolean {
  return parseListenAddress(address).transport === "unix";
}
