/**
 * The options that are plain values: go-nsq's name of each, its default and its limits.
 * Source: https://pkg.go.dev/github.com/nsqio/go-nsq#Config
 * @module
 */

import { formatDuration } from "../../go/duration.ts";
import { ValueError } from "../../value_error.ts";

/** One option. Durations are in ms. */
export interface Field {
  /** go-nsq's name. */
  readonly option: string;
  /** Ours. */
  readonly key: string;
  readonly kind: "duration" | "integer" | "number" | "boolean" | "string";
  readonly preset?: number | boolean;
  readonly min?: number;
  readonly max?: number;
}

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The longest time that a timer takes. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** 0 for no limit. */
const TIME_LIMIT = { kind: "duration", min: 0, max: MAX_TIMER_MS } as const;
const IO_TIMEOUT = { kind: "duration", min: 100, max: 5 * MINUTE_MS } as const;
const UP_TO_AN_HOUR = { kind: "duration", min: 0, max: HOUR_MS } as const;
const LOW_RDY = { kind: "duration", min: SECOND_MS, max: 5 * MINUTE_MS } as const;

/** All plain options, as they apply to every client or to consumers alone. */
export const FIELDS: readonly Field[] = [
  { option: "dial_timeout", key: "dialTimeoutMs", ...TIME_LIMIT, preset: SECOND_MS },
  { option: "read_timeout", key: "readTimeoutMs", ...IO_TIMEOUT, preset: MINUTE_MS },
  { option: "write_timeout", key: "writeTimeoutMs", ...IO_TIMEOUT, preset: SECOND_MS },
  {
    option: "lookupd_poll_interval",
    key: "lookupdPollIntervalMs",
    kind: "duration",
    min: 10,
    max: 5 * MINUTE_MS,
    preset: MINUTE_MS,
  },
  {
    option: "lookupd_poll_jitter",
    key: "lookupdPollJitter",
    kind: "number",
    min: 0,
    max: 1,
    preset: 0.3,
  },
  {
    option: "lookupd_poll_timeout",
    key: "lookupdPollTimeoutMs",
    ...TIME_LIMIT,
    preset: MINUTE_MS,
  },
  {
    option: "max_requeue_delay",
    key: "maxRequeueDelayMs",
    ...UP_TO_AN_HOUR,
    preset: 15 * MINUTE_MS,
  },
  {
    option: "default_requeue_delay",
    key: "defaultRequeueDelayMs",
    ...UP_TO_AN_HOUR,
    preset: 90 * SECOND_MS,
  },
  {
    option: "max_backoff_duration",
    key: "maxBackoffDurationMs",
    ...UP_TO_AN_HOUR,
    preset: 2 * MINUTE_MS,
  },
  { option: "backoff_multiplier", key: "backoffMultiplierMs", ...UP_TO_AN_HOUR, preset: SECOND_MS },
  { option: "max_attempts", key: "maxAttempts", kind: "integer", min: 0, max: 65535, preset: 5 },
  {
    option: "low_rdy_idle_timeout",
    key: "lowRdyIdleTimeoutMs",
    ...LOW_RDY,
    preset: 10 * SECOND_MS,
  },
  { option: "low_rdy_timeout", key: "lowRdyTimeoutMs", ...LOW_RDY, preset: 30 * SECOND_MS },
  {
    option: "rdy_redistribute_interval",
    key: "rdyRedistributeIntervalMs",
    kind: "duration",
    min: 1,
    max: 5 * SECOND_MS,
    preset: 5 * SECOND_MS,
  },
  { option: "client_id", key: "clientId", kind: "string" },
  { option: "hostname", key: "hostname", kind: "string" },
  { option: "user_agent", key: "userAgent", kind: "string" },
  {
    option: "heartbeat_interval",
    key: "heartbeatIntervalMs",
    kind: "duration",
    preset: 30 * SECOND_MS,
  },
  { option: "sample_rate", key: "sampleRate", kind: "integer", min: 0, max: 99, preset: 0 },
  { option: "snappy", key: "snappy", kind: "boolean" },
  {
    option: "output_buffer_size",
    key: "outputBufferSizeBytes",
    kind: "integer",
    preset: 16 * 1024,
  },
  {
    option: "output_buffer_timeout",
    key: "outputBufferTimeoutMs",
    kind: "duration",
    preset: 250,
  },
  { option: "max_in_flight", key: "maxInFlight", kind: "integer", min: 0, preset: 1 },
  { option: "msg_timeout", key: "msgTimeoutMs", kind: "duration", min: 0, preset: 0 },
  { option: "auth_secret", key: "authSecret", kind: "string" },
  // Named after the opposite of what it does; false is what skips it.
  { option: "skip_lookupd_authorization", key: "lookupdAuthorization", kind: "boolean" },
];

/** What deflate takes where nothing is said, and its limits: 0 stands for "off" elsewhere. */
export const DEFLATE_LEVEL: Field = {
  option: "deflate_level",
  key: "deflateLevel",
  kind: "integer",
  min: 1,
  max: 9,
  preset: 6,
};

/** @throws ValueError naming the option when the value is beyond its limits */
export function checkRange({ option, kind, min, max }: Field, value: number): void {
  const text = (number: number) => kind === "duration" ? formatDuration(number) : String(number);
  const isWhole = kind !== "integer" || Number.isInteger(value);
  if (!isWhole || Number.isNaN(value)) throw new ValueError(`invalid ${option} ! ${value}`);
  if (min !== undefined && value < min) {
    throw new ValueError(`invalid ${option} ! ${text(value)} < ${text(min)}`);
  }
  if (max !== undefined && value > max) {
    throw new ValueError(`invalid ${option} ! ${text(value)} > ${text(max)}`);
  }
}
