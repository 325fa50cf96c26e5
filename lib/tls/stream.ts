import type { ByteStream } from "../wire/byte_stream.ts";

/** What two sides have agreed on, as `/stats` shows it. */
export interface TlsFacts {
  /** By its name in IANA's registry. */
  cipherSuite: string;
  /** `TLS1.2` or `TLS1.3` */
  version: string;
  /** The common name in the client's certificate; "" without one. */
  commonName: string;
}

/** TLS over another stream, after the handshake. */
export interface TlsStream extends ByteStream {
  readonly facts: TlsFacts;
}
