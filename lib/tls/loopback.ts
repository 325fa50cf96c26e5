import type { ByteStream } from "../wire/byte_stream.ts";
import { pump } from "../wire/streams/pump.ts";
import { writeAll } from "../wire/streams/write_all.ts";
import { closeAll } from "./close_all.ts";
import { LoopbackDoor, type LoopbackPair } from "./loopback_door.ts";
import { MAX_SERVER_HELLO_BYTES, readServerHello, type ServerHello } from "./hello.ts";
import type { TlsFacts, TlsStream } from "./stream.ts";

/** For both ends to be there: the connection never leaves the machine, but the machine may be busy. */
const CONNECT_TIMEOUT_MS = 30_000;

/** A server of TLS 1.3 alone says so to whom it has agreed on an older version with: a fatal alert, `protocol_version`. RFC 8446, 6.2. */
const WRONG_VERSION = Uint8Array.of(21, 3, 3, 0, 2, 2, 70);

/** What there is to serve TLS with. */
interface Settings {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly refusesTls12: boolean;
}

/** The client speaks no version that will do. */
class WrongVersionError extends Error {
  override readonly name = "WrongVersionError";
}

/**
 * TLS by the runtime itself, which is five times as fast as node's there. It can only be had of connections that a listener
 * accepts, so there is one on a port of the loopback interface, whose connections with ourselves records are passed through:
 *
 *     client ⇄ inner ⇄ (pump) ⇄ relay ⇄ loopback ⇄ tls ⇄ plain bytes
 */
export class LoopbackTls {
  readonly #settings: Settings;
  /** Null before the first client, and after a stranger. */
  #door: LoopbackDoor | null = null;
  /** Somebody else has been at the door: from then on there is one for each client, open for a moment only. */
  #hasStrangers = false;
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Makes TLS of a live connection, as its server. There is no time limit: whoever gives up closes `inner`.
   * @param received what was read from `inner` already, and belongs to the handshake
   * @throws Error that says why the handshake failed; `inner` is closed then
   */
  async upgrade(inner: ByteStream, received: Uint8Array): Promise<TlsStream> {
    let stream: LoopbackTlsStream;
    try {
      stream = new LoopbackTlsStream(inner, await this.#connect(), this.#settings);
    } catch (error) {
      closeAll(inner);
      throw error;
    }
    await stream.handshake(received);
    return stream;
  }

  /** Nothing is upgraded any more. Streams go on. */
  close(): void {
    this.#closed = true;
    this.#door?.close();
  }

  async #connect(): Promise<LoopbackPair> {
    const limit = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    for (;;) {
      if (this.#closed) throw new Error("stopping");
      const door = this.#openDoor();
      try {
        return await door.connect(limit);
      } catch (error) {
        if (limit.aborted) throw new Error("no connection over loopback in time", { cause: error });
        if (!door.isClosed) throw error; // else a stranger has closed it: comes again, by another
      } finally {
        if (door !== this.#door) door.close();
      }
    }
  }

  #openDoor(): LoopbackDoor {
    if (this.#hasStrangers) return new LoopbackDoor(this.#settings, () => {});
    return this.#door ??= new LoopbackDoor(this.#settings, () => {
      this.#hasStrangers = true;
      this.#door?.close();
      this.#door = null;
    });
  }
}

class LoopbackTlsStream implements TlsStream {
  readonly #inner: ByteStream;
  readonly #tls: Deno.TlsConn;
  readonly #relay: Deno.TcpConn;
  readonly #refusesTls12: boolean;
  /** What the server sent first, as far as it may be its hello. */
  #sentFirst = new Uint8Array(0);
  #hello: ServerHello | null = null;
  /** Resolves when everything that was to be sent has gone to `inner`, or cannot go there. */
  #allSent: Promise<void> = Promise.resolve();
  /** Why nothing more comes from `inner`. */
  #failure: Error | null = null;

  constructor(inner: ByteStream, { tls, relay }: LoopbackPair, { refusesTls12 }: Settings) {
    this.#inner = inner;
    this.#tls = tls;
    this.#relay = relay;
    this.#refusesTls12 = refusesTls12;
  }

  get facts(): TlsFacts {
    const { cipherSuite, version } = this.#hello ?? { cipherSuite: "", version: "" };
    return { cipherSuite, version, commonName: "" };
  }

  /** @throws Error; everything is closed then */
  async handshake(received: Uint8Array): Promise<void> {
    const fail = (error: Error) => {
      this.#failure ??= error;
      closeAll(this.#relay); // ends the pump of the other direction too, and what reads or writes at the TLS side
    };
    try {
      await writeAll(this.#relay, received);
      pump(this.#inner, this.#relay).catch(fail);
      this.#allSent = this.#sendAll().catch(fail);
      await this.#tls.handshake();
    } catch (error) {
      closeAll(this.#tls);
      await this.#allSent; // the alert that says what was wrong
      this.close();
      throw this.#failure ?? error;
    }
  }

  async read(into: Uint8Array): Promise<number | null> {
    try {
      return await this.#tls.read(into);
    } catch (error) {
      // A client that leaves without saying so in TLS has left all the same.
      if (this.#failure === null && error instanceof Deno.errors.UnexpectedEof) return null;
      throw this.#failure ?? error;
    }
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#tls.write(bytes);
  }

  async closeWrite(): Promise<void> {
    await this.#tls.closeWrite();
    await this.#allSent;
  }

  close(): void {
    closeAll(this.#tls, this.#relay, this.#inner);
  }

  /** Passes on what the server sends. The client gets no hello of a version that is refused. */
  async #sendAll(): Promise<void> {
    try {
      await pump(this.#relay, this.#inner, (bytes) => this.#readHello(bytes));
    } catch (error) {
      if (error instanceof WrongVersionError) await writeAll(this.#inner, WRONG_VERSION);
      throw error;
    }
  }

  /** @throws WrongVersionError */
  #readHello(bytes: Uint8Array): void {
    if (this.#hello !== null || this.#sentFirst.length === MAX_SERVER_HELLO_BYTES) return;
    const more = bytes.subarray(0, MAX_SERVER_HELLO_BYTES - this.#sentFirst.length);
    this.#sentFirst = Uint8Array.of(...this.#sentFirst, ...more);
    this.#hello = readServerHello(this.#sentFirst);
    // What it agrees on is the newest version that the client speaks.
    if (this.#refusesTls12 && this.#hello?.version === "TLS1.2") {
      throw new WrongVersionError("tls: client offered only unsupported versions");
    }
  }
}
