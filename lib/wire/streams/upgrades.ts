import type { ByteStream } from "../byte_stream.ts";
import { DeflateStream } from "./deflate_stream.ts";
import { SnappyStream } from "./snappy_stream.ts";

/**
 * How a live connection goes on in another way. Each is given the stream so far and what was received over it already, which belongs to what comes.
 */
export interface StreamUpgrades<Tls extends ByteStream> {
  /** Null without a certificate. @throws Error that says why the handshake failed */
  readonly tls: ((stream: ByteStream, received: Uint8Array) => Promise<Tls>) | null;
  snappy(stream: ByteStream, received: Uint8Array): ByteStream | Promise<ByteStream>;
  deflate(
    stream: ByteStream,
    received: Uint8Array,
    level: number,
  ): ByteStream | Promise<ByteStream>;
}

/** Upgrades in this thread. @param tls null without a certificate */
export function localUpgrades<Tls extends ByteStream>(
  tls: { upgrade(stream: ByteStream, received: Uint8Array): Promise<Tls> } | null,
): StreamUpgrades<Tls> {
  return {
    tls: tls === null ? null : (stream, received) => tls.upgrade(stream, received),
    snappy: (stream, received) => new SnappyStream(stream, received),
    deflate: (stream, received, level) => new DeflateStream(stream, received, level),
  };
}
