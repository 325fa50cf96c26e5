/** How a connection begins: dialling, IDENTIFY, TLS, compression, AUTH. */

import { bareReason } from "../../net/bare_reason.ts";
import { parseHostPort } from "../../net/host_port.ts";
import type { Logger } from "../../log/logger.ts";
import { dial } from "../../net/dial.ts";
import type { TcpSocket } from "../../net/runtime/runtime.ts";
import { runtime } from "../../net/runtime/this_runtime.ts";
import { upgradeToTls } from "../../tls/client.ts";
import type { ByteStream } from "../../wire/byte_stream.ts";
import { InputBuffer } from "../../wire/input_buffer.ts";
import { FRAME_HEADER_BYTES, FrameType, HEARTBEAT, MAGIC_V2, OK } from "../../wire/protocol.ts";
import { SIZE_FIELD_BYTES } from "../../wire/record.ts";
import { DeflateStream } from "../../wire/streams/deflate_stream.ts";
import { SnappyStream } from "../../wire/streams/snappy_stream.ts";
import { writeAll } from "../../wire/streams/write_all.ts";
import type { ResolvedConnectionOptions } from "../options/options.ts";
import { identifyFields, infoOf, numberOf, type ServerInfo } from "./server_info.ts";

/** All that follows dialling is over in this time: nsqd has as much for each step. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** No answer here is longer. */
const MAX_ANSWER_BYTES = 1024 * 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What {@link shakeHands} has made. */
export interface Established {
  readonly stream: ByteStream;
  readonly info: ServerInfo;
  /** What was read beyond the last answer. */
  readonly received: Uint8Array;
}

/**
 * Connects to an nsqd and agrees on everything that is settled once for a connection.
 * @throws Error that says which step failed, and why
 */
export async function shakeHands(
  address: string,
  options: ResolvedConnectionOptions,
  logger: Logger,
  signal: AbortSignal | undefined,
): Promise<Established> {
  const socket = await connect(address, options.dialTimeoutMs, signal);
  let late = false;
  const close = () => {
    late = true;
    closeQuietly(socket);
  };
  const timer = setTimeout(close, HANDSHAKE_TIMEOUT_MS);
  signal?.addEventListener("abort", close);
  const handshake = new Handshake(address, socket, options, logger);
  try {
    const established = await handshake.run();
    if (late) throw new Error("connection closed");
    return established;
  } catch (error) {
    handshake.close();
    if (!late) throw error;
    throw new Error(signal?.aborted ? "stopped" : "i/o timeout in handshake", { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", close);
  }
}

async function connect(
  address: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<TcpSocket> {
  const target = parseHostPort(address);
  if (target === undefined) throw new Error("failed to connect - not an address");
  try {
    const socket = await dial(target, { timeoutMs, signal });
    socket.setNoDelay();
    return socket;
  } catch (error) {
    const why = signal?.aborted ? "stopped" : bareReason(address, (error as Error).message);
    throw new Error(`failed to connect - ${why}`, { cause: error });
  }
}

/** Closes what the runtime may have closed already. */
export function closeQuietly(stream: ByteStream): void {
  try {
    stream.close();
  } catch (error) {
    if (!runtime.isClosed(error)) throw error;
  }
}

class Handshake {
  #stream: ByteStream;
  readonly #input = new InputBuffer();

  constructor(
    readonly address: string,
    readonly socket: TcpSocket,
    readonly options: ResolvedConnectionOptions,
    readonly logger: Logger,
  ) {
    this.#stream = socket;
  }

  async run(): Promise<Established> {
    const answer = await this.#identify();
    const wishes = this.options;
    if (wishes.tls !== null) await this.#upgradeToTls(answer["tls_v1"] === true, wishes.tls);
    if (answer["snappy"] === true) {
      await this.#upgrade("snappy", (stream, received) => new SnappyStream(stream, received));
    } else if (wishes.snappy) this.#warnMissing("snappy");
    if (answer["deflate"] === true) {
      const level = numberOf(answer["deflate_level"]) || wishes.deflateLevel;
      await this.#upgrade(
        "deflate",
        (stream, received) => new DeflateStream(stream, received, level),
      );
    } else if (wishes.deflate) this.#warnMissing("deflate");
    const info = infoOf(answer);
    if (info.isAuthRequired) await this.#authenticate();
    return { stream: this.#stream, info, received: this.#input.takeAll() };
  }

  close(): void {
    closeQuietly(this.#stream);
  }

  async #identify(): Promise<Record<string, unknown>> {
    const body = encoder.encode(JSON.stringify(identifyFields(this.options)));
    await writeAll(this.#stream, concat(MAGIC_V2 + "IDENTIFY\n", body));
    const text = await this.#answer("IDENTIFY");
    if (text === OK) return {}; // an nsqd that negotiates nothing
    try {
      return JSON.parse(text) as Record<string, unknown>;
    } catch (error) {
      throw new Error(
        `IDENTIFY failed - answer is not JSON: ${text.slice(0, 100)}: is it an nsqd's TCP port?`,
        { cause: error },
      );
    }
  }

  async #upgradeToTls(isOffered: boolean, tls: NonNullable<typeof this.options.tls>) {
    // Going on in the clear, as some clients do, would send what was to be kept secret.
    if (!isOffered) throw new Error("TLS failed - nsqd does not offer it");
    const { hostname } = parseHostPort(this.address)!;
    try {
      this.#stream = await upgradeToTls(this.socket, hostname, tls);
    } catch (error) {
      throw new Error(`TLS failed - ${(error as Error).message}`, { cause: error });
    }
    await this.#expectOk("TLS");
  }

  async #upgrade(
    name: string,
    make: (stream: ByteStream, received: Uint8Array) => ByteStream,
  ): Promise<void> {
    this.#stream = make(this.#stream, this.#input.takeAll());
    await this.#expectOk(name);
  }

  async #authenticate(): Promise<void> {
    const { authSecret } = this.options;
    if (authSecret === "") throw new Error("AUTH failed - nsqd asks for an auth secret");
    await writeAll(this.#stream, concat("AUTH\n", encoder.encode(authSecret)));
    await this.#answer("AUTH");
    this.logger.info(`(${this.address}) authorized`);
  }

  #warnMissing(feature: string): void {
    this.logger.warn(`(${this.address}) nsqd does not offer ${feature}: going on without`);
  }

  async #expectOk(step: string): Promise<void> {
    const text = await this.#answer(step);
    if (text !== OK) throw new Error(`${step} failed - ${text.slice(0, 100)}`);
  }

  /** Data of the next response. @throws Error if it is an error frame, or there is none */
  async #answer(step: string): Promise<string> {
    const input = this.#input;
    try {
      for (;;) {
        const available = input.end - input.start;
        const size = available < FRAME_HEADER_BYTES ? 0 : input.view.getInt32(input.start);
        if (available >= FRAME_HEADER_BYTES && (size < 4 || size > MAX_ANSWER_BYTES)) {
          throw new Error(`invalid frame size ${size}: is it an nsqd's TCP port?`);
        }
        if (available >= FRAME_HEADER_BYTES && available >= SIZE_FIELD_BYTES + size) {
          const type = input.view.getInt32(input.start + SIZE_FIELD_BYTES);
          const end = input.start + SIZE_FIELD_BYTES + size;
          const text = decoder.decode(input.bytes.subarray(input.start + FRAME_HEADER_BYTES, end));
          input.start = end;
          if (type === FrameType.Error) throw new Error(text);
          if (text !== HEARTBEAT) return text;
          continue;
        }
        const count = await this.#stream.read(input.room());
        if (count === null) throw new Error("connection closed by nsqd");
        input.received(count);
      }
    } catch (error) {
      throw new Error(`${step} failed - ${(error as Error).message}`, { cause: error });
    }
  }
}

/** A command line (one byte per character), the size of its body, and the body. */
function concat(line: string, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(line.length + 4 + body.length);
  bytes.set(encoder.encode(line));
  new DataView(bytes.buffer).setInt32(line.length, body.length);
  bytes.set(body, line.length + 4);
  return bytes;
}
