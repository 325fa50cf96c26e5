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
import { upgradeClientToTls, upgradeToDeflate, upgradeToSnappy } from "../upgrade.ts";
import type { PendingCommand } from "./body_command.ts";
import { type CommandLine, invalid } from "./line.ts";

const DEFAULT_DEFLATE_LEVEL = 6;

type Continuation = NonNullable<PendingCommand["continuation"]>;

/** `IDENTIFY`, and JSON as body. May be repeated until SUB. */
export function IDENTIFY(client: Client): PendingCommand {
  if (client.state !== ClientState.Init) throw invalid("cannot IDENTIFY in current state");
  return pendingBody(client, "IDENTIFY", (body) => {
    const wanted = parseIdentify(body);
    applyIdentify(client.settings, wanted, client.context.options);
    client.context.logger.info(`[${client.name}] IDENTIFY: ${JSON.stringify(wanted)}`);
    if (wanted.feature_negotiation) return negotiate(client, wanted);
    client.output.frame(FrameType.Response, OK);
    return null;
  });
}

/** `AUTH`, and a secret as body, which an auth server is asked about. */
export function AUTH(client: Client, line: CommandLine): PendingCommand {
  if (client.state !== ClientState.Init) throw invalid("cannot AUTH in current state");
  if (line.count !== 1) throw invalid("AUTH invalid number of parameters");
  return pendingBody(client, "AUTH", (body) => {
    const { auth } = client;
    if (auth === null) throw new FatalClientError(ErrorCode.AuthDisabled, "AUTH disabled");
    if (auth.permissionCount > 0) throw invalid("AUTH already set");
    const secret = new TextDecoder().decode(body);
    return async () => {
      await auth.authenticate(secret);
      const { identity, identityUrl, permissionCount } = auth;
      respond(client, {
        identity,
        identity_url: identityUrl,
        permission_count: permissionCount,
      });
    };
  });
}

/** Answers an IDENTIFY with `feature_negotiation`. Gives back the upgrades that have been agreed on; null if there are none. */
function negotiate(client: Client, wanted: IdentifyBody): Continuation | null {
  const { settings, context: { options } } = client;
  const tls = client.context.streams.tls !== null && wanted.tls_v1;
  const deflate = options.deflateEnabled && wanted.deflate;
  const snappy = options.snappyEnabled && wanted.snappy;
  if (deflate && snappy) {
    const text = "cannot enable both deflate and snappy compression";
    throw new FatalClientError(ErrorCode.IdentifyFailed, text);
  }
  checkUpgrades(client, tls, deflate || snappy);
  const level = deflate && wanted.deflate_level > 0 ? wanted.deflate_level : DEFAULT_DEFLATE_LEVEL;
  const deflateLevel = Math.min(level, options.maxDeflateLevel);
  respond(client, {
    max_rdy_count: options.maxRdyCount,
    version: NSQ_VERSION,
    max_msg_timeout: Math.trunc(options.maxMsgTimeoutMs),
    msg_timeout: Math.trunc(settings.msgTimeoutMs),
    tls_v1: tls,
    deflate,
    deflate_level: deflateLevel,
    max_deflate_level: options.maxDeflateLevel,
    snappy,
    sample_rate: settings.sampleRate,
    auth_required: options.authHttpAddresses.length > 0,
    output_buffer_size: settings.outputBufferSizeBytes,
    output_buffer_timeout: Math.trunc(settings.outputBufferTimeoutMs),
    topology_region: options.topologyRegion,
    topology_zone: options.topologyZone,
    ...wanted.join_only && { join_only: true }, // only for those who know it: the answer is the reference's
  });
  if (!tls && !snappy && !deflate) return null;
  return async () => {
    if (tls) await upgradeClientToTls(client);
    if (snappy) await upgradeToSnappy(client);
    if (deflate) await upgradeToDeflate(client, deflateLevel);
  };
}

/** Answers with JSON, which the output takes with one character per byte. */
function respond(client: Client, answer: Record<string, unknown>): void {
  const json = toJson(answer);
  const utf8 = new TextEncoder().encode(json);
  const isAscii = utf8.length === json.length; // nearly always, and what follows takes 20 µs
  const text = isAscii ? json : Array.from(utf8, (b) => String.fromCharCode(b)).join("");
  client.output.frame(FrameType.Response, text);
}

/** TLS cannot go inside anything, and nothing is compressed twice. @throws FatalClientError */
function checkUpgrades({ upgrades }: Client, tls: boolean, compression: boolean): void {
  const compressed = upgrades.compression !== "none";
  if (tls && (upgrades.tls !== null || compressed) || compression && compressed) {
    const text = "IDENTIFY failed connection is upgraded already";
    throw new FatalClientError(ErrorCode.IdentifyFailed, text);
  }
}

function pendingBody(
  client: Client,
  command: "IDENTIFY" | "AUTH",
  run: (body: Uint8Array) => Continuation | null,
): PendingCommand {
  const { maxBodySizeBytes } = client.context.options;
  const error = (text: string) => new FatalClientError(ErrorCode.BadBody, `${command} ${text}`);
  return {
    continuation: null,
    checkSize(size: number): void {
      if (size > maxBodySizeBytes) throw error(`body too big ${size} > ${maxBodySizeBytes}`);
      if (size <= 0) throw error(`invalid body size ${size}`);
    },
    run(input: InputBuffer, size: number): number {
      const { bytes, start, end } = input;
      if (end - start < size) return -1;
      this.continuation = run(bytes.subarray(start, start + size));
      return size;
    },
    truncated(_available: number, size: number): FatalClientError {
      return error(size < 0 ? "failed to read body size" : "failed to read body");
    },
  };
}
