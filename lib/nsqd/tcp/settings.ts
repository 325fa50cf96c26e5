/**
 * What a client asks for in IDENTIFY, and the limits nsqd sets to it.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html#identify
 * @module
 */
import { ErrorCode, FatalClientError } from "../../wire/errors.ts";
import type { NsqdOptions } from "../options.ts";

/** Heartbeats and message timeouts are not set shorter than this. */
const MIN_INTERVAL_MS = 1000;

/** Output buffers are not set smaller than this, unless off. */
const MIN_OUTPUT_BUFFER_BYTES = 64;

/** Size of a client's output buffer unless it asks for another. */
const DEFAULT_OUTPUT_BUFFER_BYTES = 16 * 1024;

/** A client is heard of at least once in this time, unless it asks for another heartbeat interval. */
const CLIENT_TIMEOUT_MS = 60_000;

const MAX_SAMPLE_RATE = 99;

/** What applies to one connection. */
export interface ClientSettings {
  clientId: string;
  hostname: string;
  userAgent: string;
  /** 0 for no heartbeats (and no timeouts of the connection). */
  heartbeatIntervalMs: number;
  /** Upper bounds of how much and how long output is kept back; it never is for longer than a turn of the event loop. */
  outputBufferSizeBytes: number;
  outputBufferTimeoutMs: number;
  /** Percent; 0 for all messages. */
  sampleRate: number;
  msgTimeoutMs: number;
  topologyRegion: string;
  topologyZone: string;
  /** SUB fails where the topic has no channel yet: whoever only looks on takes nothing that waits for the first. */
  joinOnly: boolean;
  /** Whether the client identified itself: only then its region and zone count. */
  identified: boolean;
}

/** The body of IDENTIFY, after its types were checked. */
export interface IdentifyBody {
  client_id: string;
  hostname: string;
  user_agent: string;
  heartbeat_interval: number;
  output_buffer_size: number;
  output_buffer_timeout: number;
  feature_negotiation: boolean;
  tls_v1: boolean;
  deflate: boolean;
  deflate_level: number;
  snappy: boolean;
  sample_rate: number;
  msg_timeout: number;
  topology_region: string;
  topology_zone: string;
  /** Not in the reference, which ignores it. */
  join_only: boolean;
}

const EMPTY_BODY: IdentifyBody = {
  client_id: "",
  hostname: "",
  user_agent: "",
  heartbeat_interval: 0,
  output_buffer_size: 0,
  output_buffer_timeout: 0,
  feature_negotiation: false,
  tls_v1: false,
  deflate: false,
  deflate_level: 0,
  snappy: false,
  sample_rate: 0,
  msg_timeout: 0,
  topology_region: "",
  topology_zone: "",
  join_only: false,
};

/** What applies before IDENTIFY. @param address of the client, without port */
export function defaultSettings(options: NsqdOptions, address: string): ClientSettings {
  return {
    clientId: address,
    hostname: address,
    userAgent: "",
    heartbeatIntervalMs: CLIENT_TIMEOUT_MS / 2,
    outputBufferSizeBytes: DEFAULT_OUTPUT_BUFFER_BYTES,
    outputBufferTimeoutMs: options.outputBufferTimeoutMs,
    sampleRate: 0,
    msgTimeoutMs: options.msgTimeoutMs,
    topologyRegion: "",
    topologyZone: "",
    joinOnly: false,
    identified: false,
  };
}

/**
 * Reads the JSON of IDENTIFY. Keys match whatever their case, unknown ones are ignored, null leaves the default.
 * @throws FatalClientError if it is no JSON object or a value has the wrong type
 */
export function parseIdentify(bytes: Uint8Array): IdentifyBody {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw undecodable({ cause: error });
  }
  if (json === null) return { ...EMPTY_BODY };
  if (typeof json !== "object" || Array.isArray(json)) throw undecodable();
  const body: Record<string, unknown> = { ...EMPTY_BODY };
  for (const [key, value] of Object.entries(json)) {
    const name = key.toLowerCase();
    if (!Object.hasOwn(body, name) || value === null) continue;
    if (typeof value !== typeof body[name]) throw undecodable();
    if (typeof value === "number" && !Number.isSafeInteger(value)) throw undecodable();
    if (name === "sample_rate" && value !== ((value as number) | 0)) throw undecodable(); // an int32
    body[name] = value;
  }
  return body as unknown as IdentifyBody;
}

/** Applies the body of IDENTIFY to `settings`. @throws FatalClientError for a value out of range */
export function applyIdentify(
  settings: ClientSettings,
  body: IdentifyBody,
  options: NsqdOptions,
): void {
  settings.clientId = body.client_id;
  settings.hostname = body.hostname;
  settings.userAgent = body.user_agent;
  settings.topologyRegion = body.topology_region;
  settings.topologyZone = body.topology_zone;
  settings.joinOnly = body.join_only;
  settings.identified = true;
  applyHeartbeat(settings, body.heartbeat_interval, options);
  applyOutputBuffer(settings, body, options);
  if (body.sample_rate < 0 || body.sample_rate > MAX_SAMPLE_RATE) {
    throw invalid(`sample rate (${body.sample_rate}) is invalid`);
  }
  settings.sampleRate = body.sample_rate;
  applyMsgTimeout(settings, body.msg_timeout, options);
}

function applyHeartbeat(settings: ClientSettings, wanted: number, options: NsqdOptions): void {
  if (wanted === -1) settings.heartbeatIntervalMs = 0;
  else if (wanted >= MIN_INTERVAL_MS && wanted <= options.maxHeartbeatIntervalMs) {
    settings.heartbeatIntervalMs = wanted;
  } else if (wanted !== 0) throw invalid(`heartbeat interval (${wanted}) is invalid`);
}

function applyOutputBuffer(
  settings: ClientSettings,
  body: IdentifyBody,
  options: NsqdOptions,
): void {
  const timeoutMs = body.output_buffer_timeout, size = body.output_buffer_size;
  const { minOutputBufferTimeoutMs, maxOutputBufferTimeoutMs, maxOutputBufferSizeBytes } = options;
  if (timeoutMs === -1) settings.outputBufferTimeoutMs = 0;
  else if (
    timeoutMs >= Math.trunc(minOutputBufferTimeoutMs) &&
    timeoutMs <= Math.trunc(maxOutputBufferTimeoutMs) && timeoutMs !== 0
  ) settings.outputBufferTimeoutMs = timeoutMs;
  else if (timeoutMs !== 0) throw invalid(`output buffer timeout (${timeoutMs}) is invalid`);

  if (size === -1) {
    settings.outputBufferSizeBytes = 1;
    settings.outputBufferTimeoutMs = 0;
  } else if (size >= MIN_OUTPUT_BUFFER_BYTES && size <= maxOutputBufferSizeBytes) {
    settings.outputBufferSizeBytes = size;
  } else if (size !== 0) throw invalid(`output buffer size (${size}) is invalid`);
}

function applyMsgTimeout(settings: ClientSettings, wanted: number, options: NsqdOptions): void {
  if (wanted >= MIN_INTERVAL_MS && wanted <= options.maxMsgTimeoutMs) {
    settings.msgTimeoutMs = wanted;
  } else if (wanted !== 0) throw invalid(`msg timeout (${wanted}) is invalid`);
}

function invalid(text: string): FatalClientError {
  return new FatalClientError(ErrorCode.BadBody, `IDENTIFY ${text}`);
}

function undecodable(options?: ErrorOptions): FatalClientError {
  return new FatalClientError(ErrorCode.BadBody, "IDENTIFY failed to decode JSON body", options);
}
