/**
 * IDENTIFY and AUTH.
 * Source: https://nsq.io/clients/tcp_protocol_spec.html
 * @module
 */
import { toJson } from "../../../http/json.ts";
import { NSQ_VERSION } from "../../../version.ts";
import { ErrorCode, FatalClientError } from "../../../wire/errors.ts";
import type { InputBuffer } from "../../../wire/input_buffer.ts";
import { FrameType, OK } from "../../../wire/protocol.ts";
import { type Client, ClientState } from "../client.ts";
import { applyIdentify, type IdentifyBody, parseIdentify } from "../settings.ts";
import type { PendingCommand } from "./body_command.ts";
import { type CommandLine, invalid } from "./line.ts";

const DEFAULT_DEFLATE_LEVEL = 6;

/** `IDENTIFY`, and JSON as body. May be repeated until SUB. */
export function IDENTIFY(client: Client): PendingCommand {
  if (client.state !== ClientState.Init) throw invalid("cannot IDENTIFY in current state");
  return pendingBody(client, "IDENTIFY", (body) => {
    const wanted = parseIdentify(body);
    applyIdentify(client.settings, wanted, client.context.options);
    client.context.logger.info(`[${client.name}] IDENTIFY: ${JSON.stringify(wanted)}`);
    const answer = wanted.feature_negotiation ? negotiate(client, wanted) : OK;
    client.output.frame(FrameType.Response, answer);
  });
}

/** `AUTH`, and a secret as body. No auth server can be configured yet, so it is answered as by an nsqd without one. */
export function AUTH(client: Client, line: CommandLine): PendingCommand {
  if (client.state !== ClientState.Init) throw invalid("cannot AUTH in current state");
  if (line.count !== 1) throw invalid("AUTH invalid number of parameters");
  return pendingBody(client, "AUTH", () => {
    throw new FatalClientError(ErrorCode.AuthDisabled, "AUTH disabled");
  });
}

/** The answer to IDENTIFY with `feature_negotiation`, one character per byte. */
function negotiate(client: Client, wanted: IdentifyBody): string {
  const { settings, context: { options } } = client;
  const deflate = options.deflateEnabled && wanted.deflate;
  const snappy = options.snappyEnabled && wanted.snappy;
  if (deflate && snappy) {
    const text = "cannot enable both deflate and snappy compression";
    throw new FatalClientError(ErrorCode.IdentifyFailed, text);
  }
  const level = deflate && wanted.deflate_level > 0 ? wanted.deflate_level : DEFAULT_DEFLATE_LEVEL;
  const answer = toJson({
    max_rdy_count: options.maxRdyCount,
    version: NSQ_VERSION,
    max_msg_timeout: Math.trunc(options.maxMsgTimeoutMs),
    msg_timeout: Math.trunc(settings.msgTimeoutMs),
    tls_v1: false,
    deflate,
    deflate_level: Math.min(level, options.maxDeflateLevel),
    max_deflate_level: options.maxDeflateLevel,
    snappy,
    sample_rate: settings.sampleRate,
    auth_required: options.authHttpAddresses.length > 0,
    output_buffer_size: settings.outputBufferSizeBytes,
    output_buffer_timeout: Math.trunc(settings.outputBufferTimeoutMs),
    topology_region: options.topologyRegion,
    topology_zone: options.topologyZone,
  });
  return String.fromCharCode(...new TextEncoder().encode(answer));
}

function pendingBody(
  client: Client,
  command: "IDENTIFY" | "AUTH",
  run: (body: Uint8Array) => void,
): PendingCommand {
  const { maxBodySizeBytes } = client.context.options;
  const error = (text: string) => new FatalClientError(ErrorCode.BadBody, `${command} ${text}`);
  return {
    checkSize(size: number): void {
      if (size > maxBodySizeBytes) throw error(`body too big ${size} > ${maxBodySizeBytes}`);
      if (size <= 0) throw error(`invalid body size ${size}`);
    },
    run(input: InputBuffer, size: number): number {
      const { bytes, start, end } = input;
      if (end - start < size) return -1;
      run(bytes.subarray(start, start + size));
      return size;
    },
    truncated(_available: number, size: number): FatalClientError {
      return error(size < 0 ? "failed to read body size" : "failed to read body");
    },
  };
}
