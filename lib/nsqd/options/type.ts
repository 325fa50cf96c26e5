import type { LogFormat, LogLevel } from "../../log/logger.ts";

/** Names for `--enable-experiment`. */
export const EXPERIMENTS = ["topology-aware-consumption"] as const;

/** Whom TLS is demanded of; `except-http`: of TCP clients only. */
export type TlsRequired = "no" | "except-http" | "yes";

/**
 * Options of a running nsqd. Durations are milliseconds and may have fractions, sizes are bytes.
 * What each means stands in the help texts of the option table.
 *
 * Two fields change at run time, by PUT /config: read them when they are needed.
 */
export interface NsqdOptions {
  /** In range [0, 1024). */
  readonly nodeId: number;
  /** Changes at run time. */
  logLevel: LogLevel;
  readonly logPrefix: string;
  readonly logFormat: LogFormat;
  /** Only names of {@link EXPERIMENTS}. */
  readonly experiments: readonly string[];

  /** `<addr>:<port>`, see `parseHostPort`. */
  readonly tcpAddress: string;
  /** 0 for none: the broker's own thread does it. */
  readonly ioThreads: number | "auto";
  /** `<addr>:<port>`; "" for no HTTP. */
  readonly httpAddress: string;
  /** `<addr>:<port>`; "" for no HTTPS. */
  readonly httpsAddress: string;

  readonly broadcastAddress: string;
  /** 0 until the port listened on is known. */
  readonly broadcastTcpPort: number;
  /** 0 until the port listened on is known. */
  readonly broadcastHttpPort: number;
  /** Changes at run time. */
  nsqlookupdTcpAddresses: readonly string[];
  /** Paths, "" for none. */
  readonly httpAuthFile: string;
  readonly httpClientAuthSecretFile: string;
  readonly authHttpAddresses: readonly string[];
  readonly authHttpRequestMethod: "get" | "post";
  readonly httpClientConnectTimeoutMs: number;
  readonly httpClientRequestTimeoutMs: number;
  readonly topologyRegion: string;
  readonly topologyZone: string;

  /** "" for the working directory. */
  readonly dataPath: string;
  readonly dataPathCreate: boolean;
  readonly memQueueSize: number;
  readonly maxBytesPerFile: number;
  readonly syncEvery: number;
  readonly syncTimeoutMs: number;
  /** Patterns of topics, with `*` and `?`. */
  readonly durable: readonly string[];
  /** How long finished messages of durable topics are kept; 0 for not at all. */
  readonly retainAgeMs: number;
  /** How large a durable topic's journal may be with finished messages; 0 for no bound of its own. */
  readonly retainBytes: number;
  /** Files of policies that cannot be changed while the broker runs. */
  readonly policyFiles: readonly string[];
  /** Without effect here. */
  readonly queueScanWorkerPoolMax: number;
  /** Without effect here. */
  readonly queueScanSelectionCount: number;

  readonly msgTimeoutMs: number;
  readonly maxMsgTimeoutMs: number;
  readonly maxReqTimeoutMs: number;
  readonly maxMsgSizeBytes: number;
  readonly maxBodySizeBytes: number;

  readonly maxHeartbeatIntervalMs: number;
  readonly maxRdyCount: number;
  readonly maxOutputBufferSizeBytes: number;
  readonly maxOutputBufferTimeoutMs: number;
  readonly minOutputBufferTimeoutMs: number;
  readonly outputBufferTimeoutMs: number;
  /** 0 for no limit. */
  readonly maxChannelConsumers: number;

  /** "" for no statsd. */
  readonly statsdAddress: string;
  readonly statsdPrefix: string;
  readonly statsdIntervalMs: number;
  readonly statsdMemStats: boolean;
  readonly statsdUdpPacketSizeBytes: number;
  readonly statsdExcludeEphemeral: boolean;
  /** Each in range (0, 1]. */
  readonly e2eProcessingLatencyPercentiles: readonly number[];
  readonly e2eProcessingLatencyWindowTimeMs: number;

  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientAuthPolicy: "" | "require" | "require-verify";
  readonly tlsRootCaFile: string;
  readonly tlsRequired: TlsRequired;
  /** `tls1.0` to `tls1.3`. */
  readonly tlsMinVersion: string;

  readonly deflateEnabled: boolean;
  /** In range [1, 9]. */
  readonly maxDeflateLevel: number;
  readonly snappyEnabled: boolean;
}
