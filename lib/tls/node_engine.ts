import { createSecureContext, TLSSocket } from "node:tls";
import { Duplex } from "node:stream";
import type { TlsSettings } from "./server_settings.ts";

/** More than this at a time it would keep for later, when something has come in. */
const MAX_ENCRYPT_BYTES = 48 * 1024;

/** What it wants where node would hear that a write is over: we know when it is. */
const NO_REQUEST = {};

/** What is under a TLS socket of Deno's `node:tls`: it knows no sockets, only bytes. Deno 2.7.14, `ext/node/ops/tls_wrap.rs`. */
interface Handle {
  onread: (plain?: ArrayBuffer) => void;
  onhandshakedone: () => void;
  onerror: (error: Error) => void;
  /** Has what was encrypted written to the socket, later: we take it by ourselves, at once. */
  _flushEncOut: undefined;
  start(): number;
  readStart(): number;
  /** Takes what has come from the client, and calls what is above, before it returns. */
  receive(encrypted: Uint8Array): void;
  /** Encrypts all of `plain`, up to {@link MAX_ENCRYPT_BYTES}. @returns not 0 if it cannot */
  writeBuffer(request: object, plain: Uint8Array): number;
  /** Says that nothing more will be encrypted. */
  shutdown(request: object): number;
  /** Hands over what is to be sent. */
  drainEncOut(): Uint8Array;
  /** "" if there is nothing to be said against the client's certificate. */
  verifyError(): string;
}

/**
 * The server's side of a TLS connection, without the connection: bytes go in and come out, and all that happens has happened when
 * a call returns. It is what `node:tls` is made of on Deno, without the streams above and below, which cost more than the rest.
 */
export class NodeTlsEngine {
  /** Knows certificates and what was agreed on. Nothing is read from it, nor written to it. */
  readonly socket: TLSSocket;
  readonly #handle: Handle;
  readonly #plain: Uint8Array[] = [];
  #isEstablished = false;
  #isOver = false;
  #failure: Error | null = null;

  /** @throws Error if certificate and key cannot be used */
  constructor({ server }: TlsSettings) {
    const below = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    const { requestCert = false, rejectUnauthorized = true } = server;
    this.socket = new TLSSocket(below, {
      isServer: true,
      secureContext: createSecureContext(server),
      requestCert,
      rejectUnauthorized,
    });
    const handle = this.#handle = (this.socket as unknown as { _handle: Handle })._handle;
    this.socket.on("error", (error) => this.#failure ??= error);
    handle.onread = (plain) => {
      if (plain === undefined) this.#isOver = true;
      else this.#plain.push(new Uint8Array(plain));
    };
    handle.onhandshakedone = () => {
      this.#isEstablished = true;
      const reason = handle.verifyError();
      if (reason !== "" && requestCert && rejectUnauthorized) this.#failure ??= new Error(reason);
    };
    handle.onerror = (error) => this.#failure ??= error;
    handle._flushEncOut = undefined;
    delete (handle as Partial<Handle>).writeBuffer; // one that calls _flushEncOut stands before the real one
    if (handle.start() !== 0) throw new Error("certificate and key cannot be used");
    handle.readStart();
  }

  /** The handshake is over. */
  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  /** Takes what has come from the client. @throws Error if it is no TLS, or the client is refused */
  receive(encrypted: Uint8Array): void {
    this.#handle.receive(encrypted);
    if (this.#failure !== null) throw this.#failure;
  }

  /** Copies what has been decrypted to `into`: the count, 0 if there is nothing yet, null if nothing will come. */
  take(into: Uint8Array): number | null {
    const piece = this.#plain[0];
    if (piece === undefined) return this.#isOver ? null : 0;
    if (piece.length <= into.length) {
      into.set(piece);
      this.#plain.shift();
      return piece.length;
    }
    into.set(piece.subarray(0, into.length));
    this.#plain[0] = piece.subarray(into.length);
    return into.length;
  }

  /** Encrypts some of `plain`: the count. */
  encrypt(plain: Uint8Array): number {
    const piece = plain.length > MAX_ENCRYPT_BYTES ? plain.subarray(0, MAX_ENCRYPT_BYTES) : plain;
    if (this.#handle.writeBuffer(NO_REQUEST, piece) !== 0) throw new Error("TLS is over");
    return piece.length;
  }

  /** Says that nothing more will be encrypted. */
  end(): void {
    this.#handle.shutdown(NO_REQUEST);
  }

  /** What is to be sent to the client, in the order in which it was made: to be sent before anything else is taken. */
  drain(): Uint8Array {
    return this.#handle.drainEncOut();
  }

  close(): void {
    this.socket.destroy();
  }
}
