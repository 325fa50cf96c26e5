import type { TLSSocket } from "node:tls";
import type { ByteStream } from "../wire/byte_stream.ts";
import { writeAll } from "../wire/streams/write_all.ts";
import { closeAll } from "./close_all.ts";
import { NodeTlsEngine } from "./node_engine.ts";
import { hasDemandedCertificate, type TlsSettings } from "./server_settings.ts";
import type { TlsFacts, TlsStream } from "./stream.ts";

/** Bytes that one read of the handshake may bring. */
const HANDSHAKE_READ_BYTES = 4 * 1024;

/**
 * TLS by what `node:tls` is made of. It can do all there is, but on Deno 2.7 it hands over what it has decrypted byte by byte,
 * at some 200 MB/s: what need not go this way goes by `LoopbackTls`.
 */
class EngineTlsStream implements TlsStream {
  readonly facts: TlsFacts;
  readonly #inner: ByteStream;
  readonly #engine: NodeTlsEngine;

  constructor(inner: ByteStream, engine: NodeTlsEngine) {
    this.#inner = inner;
    this.#engine = engine;
    const { socket } = engine;
    this.facts = {
      cipherSuite: socket.getCipher()?.standardName ?? "",
      version: (socket.getProtocol() ?? "").replace("v", ""),
      commonName: commonNameOf(socket),
    };
  }

  /** What is encrypted is read to where the rest of it will stand decrypted: it is the longer one of the two. */
  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      const taken = this.#engine.take(into);
      if (taken !== 0) return taken;
      const count = await this.#inner.read(into);
      if (count === null) return null; // a client that leaves without saying so in TLS has left all the same
      const failed = receive(this.#engine, into.subarray(0, count), this.#inner);
      if (failed !== undefined) await failed;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    const count = this.#engine.encrypt(bytes);
    await writeAll(this.#inner, this.#engine.drain());
    return count;
  }

  async closeWrite(): Promise<void> {
    this.#engine.end();
    await writeAll(this.#inner, this.#engine.drain());
    await this.#inner.closeWrite?.();
  }

  close(): void {
    closeAll(this.#engine, this.#inner);
  }
}

/**
 * Makes TLS of a live connection, as its server. There is no time limit: whoever gives up closes `inner`.
 * @param received what was read from `inner` already, and belongs to the handshake
 * @throws Error that says why the handshake failed; `inner` is closed then
 */
export async function upgradeByNode(
  inner: ByteStream,
  received: Uint8Array,
  settings: TlsSettings,
): Promise<TlsStream> {
  const engine = new NodeTlsEngine(settings);
  try {
    await shakeHands(inner, received, engine);
    if (!hasDemandedCertificate(settings, engine.socket)) {
      throw new Error("tls: client didn't provide a certificate");
    }
    return new EngineTlsStream(inner, engine);
  } catch (error) {
    closeAll(engine, inner);
    throw inWords(error as Error);
  }
}

async function shakeHands(
  inner: ByteStream,
  received: Uint8Array,
  engine: NodeTlsEngine,
): Promise<void> {
  const buffer = new Uint8Array(HANDSHAKE_READ_BYTES);
  for (let bytes = received;;) {
    const failed = receive(engine, bytes, inner);
    if (failed !== undefined) await failed;
    await writeAll(inner, engine.drain());
    if (engine.isEstablished) return;
    const count = await inner.read(buffer);
    if (count === null) throw new Error("EOF");
    bytes = buffer.subarray(0, count);
  }
}

/** Takes what has come. What is returned, if anything, rejects with what is wrong with it, when the client has been told. */
function receive(
  engine: NodeTlsEngine,
  bytes: Uint8Array,
  inner: ByteStream,
): Promise<void> | undefined {
  try {
    engine.receive(bytes);
  } catch (error) {
    const fail = () => {
      throw error;
    };
    return writeAll(inner, engine.drain()).then(fail, fail); // what was wrong matters more than that it could not be told
  }
}

/** What the runtime says by its own names, and what it means: it knows no more of why a certificate is not to be trusted. */
const IN_WORDS: readonly (readonly [string, string])[] = [
  [
    "UnsupportedCertVersion",
    "the client's certificate is X.509 version 1: it needs one of version 3",
  ],
  // In TLS 1.2 a curve may go with any hash, but the runtime tries the first pair that has the hash, and no other.
  [
    "UnsupportedSignatureAlgorithmForPublicKey",
    "the client signed with a hash that is not its curve's: it needs TLS 1.3, or a certificate with an RSA or Ed25519 key",
  ],
  [
    "CERT_HAS_EXPIRED",
    "the client's certificate, or one that vouches for it, has expired - CERT_HAS_EXPIRED",
  ],
  [
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "the client's certificate is self-signed, or an authority's own (CA:TRUE) - DEPTH_ZERO_SELF_SIGNED_CERT",
  ],
  [
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "the client's certificate is not vouched for by an authority of --tls-root-ca-file, or is not made for clients " +
    "(extendedKeyUsage without clientAuth) - UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  ],
];

function inWords(error: Error): Error {
  const [, words] = IN_WORDS.find(([name]) => error.message.includes(name)) ?? [];
  return words === undefined ? error : new Error(words, { cause: error });
}

/** A name that stands in a certificate more than once counts once, as in the reference the last. */
function commonNameOf(socket: TLSSocket): string {
  const name = socket.getPeerCertificate()?.subject?.CN as string | string[] | undefined;
  return (typeof name === "string" ? name : name?.at(-1)) ?? "";
}
