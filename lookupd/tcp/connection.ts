import type { ByteStream } from "../../lib/wire/byte_stream.ts";
import { ClientError, ErrorCode } from "../../lib/wire/errors.ts";
import { MAGIC_BYTES, MAX_LINE_BYTES } from "../../lib/wire/protocol.ts";
import { Input, latin1 } from "./input.ts";
import { Session, type SessionContext } from "./session.ts";

/** What a client sends first: two spaces, `V1`. */
const MAGIC_V1 = "  V1";

/** A client has this long to say which protocol it speaks. (The reference waits for ever.) */
const MAGIC_TIMEOUT_MS = 5000;

/** After the last answer a client that still sends may do so this long, so that it is not lost to a reset. */
const LINGER_MS = 500;

const LENGTH_BYTES = 4;

/** A transport that can also say that nothing more will be written. */
export interface ClosableStream extends ByteStream {
  closeWrite(): Promise<void>;
}

/** Limits of time, in one place so that a test can shorten them. */
export interface ConnectionTimes {
  readonly magicTimeoutMs: number;
  readonly lingerMs: number;
}

const TIMES: ConnectionTimes = { magicTimeoutMs: MAGIC_TIMEOUT_MS, lingerMs: LINGER_MS };

/** One client's connection: reads a command, answers it, reads the next. */
export class Connection {
  readonly #stream: ClosableStream;
  readonly #input: Input;
  readonly #session: Session;
  readonly #context: SessionContext;
  readonly #times: ConnectionTimes;
  #closed = false;

  /** @param name the client's `host:port` */
  constructor(
    stream: ClosableStream,
    readonly name: string,
    context: SessionContext,
    times: ConnectionTimes = TIMES,
  ) {
    this.#stream = stream;
    this.#input = new Input(stream);
    this.#session = new Session(name, context);
    this.#context = context;
    this.#times = times;
  }

  /** Serves the connection until it ends. Never rejects. */
  async run(): Promise<void> {
    const { logger } = this.#context;
    logger.info(`TCP: new client(${this.name})`);
    try {
      if (await this.#readMagic()) {
        await this.#serve();
        logger.info(`PROTOCOL(V1): [${this.name}] exiting ioloop`);
      }
    } catch (error) {
      if (!this.#closed) logger.error(`client(${this.name}) - ${(error as Error).message}`);
    }
    this.#session.end();
    await this.#linger();
  }

  /** Closes the connection at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      this.#stream.close();
    } catch (error) {
      // The runtime closes a stream itself when the peer resets it.
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** False when the client does not say in time that it speaks V1. */
  async #readMagic(): Promise<boolean> {
    const { logger } = this.#context;
    const timer = setTimeout(() => this.close(), this.#times.magicTimeoutMs);
    const bytes = await this.#input.bytes(MAGIC_BYTES).catch((error) => {
      if (!this.#closed) throw error;
      return null;
    });
    clearTimeout(timer);
    if (bytes === null) {
      const why = this.#closed ? "i/o timeout" : "EOF";
      logger.error(`failed to read protocol version - ${why}`);
      return false;
    }
    const magic = latin1(bytes);
    logger.info(`CLIENT(${this.name}): desired protocol magic '${magic}'`);
    if (magic === MAGIC_V1) return true;
    logger.error(`client(${this.name}) bad protocol magic '${magic}'`);
    await this.#answer(bytesOf(ErrorCode.BadProtocol));
    return false;
  }

  async #serve(): Promise<void> {
    const readBody = (count: number) => this.#input.bytes(count);
    for (;;) {
      const line = await this.#input.line(MAX_LINE_BYTES);
      if (line === null) return;
      try {
        await this.#answer(await this.#session.execute(line, readBody));
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        const parent = error.cause instanceof Error ? ` - ${error.cause.message}` : "";
        this.#context.logger.error(`[${this.name}] - ${error.message}${parent}`);
        return await this.#answer(bytesOf(error.message));
      }
    }
  }

  /** Sends data with its length in front, and no frame type: so are errors told from answers by their text only. */
  async #answer(data: Uint8Array): Promise<void> {
    const bytes = new Uint8Array(LENGTH_BYTES + data.length);
    new DataView(bytes.buffer).setInt32(0, data.length);
    bytes.set(data, LENGTH_BYTES);
    for (let sent = 0; sent < bytes.length;) {
      sent += await this.#stream.write(bytes.subarray(sent));
    }
  }

  /** Says that nothing more will be sent, and reads what still comes for a moment before closing. */
  async #linger(): Promise<void> {
    if (this.#closed) return;
    const timer = setTimeout(() => this.close(), this.#times.lingerMs);
    try {
      await this.#stream.closeWrite();
      await this.#input.discardRest();
    } catch {
      // The client is gone, or the time is up.
    }
    clearTimeout(timer);
    this.close();
  }
}

/** The inverse of `latin1`. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
