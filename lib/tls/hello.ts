/**
 * The first message of a TLS server, which says in the clear what is agreed on.
 * Source: RFC 8446, 4.1.3 and 5.1; RFC 5246, 7.4.1.3
 * @module
 */

const HANDSHAKE_RECORD = 22;
const SERVER_HELLO = 2;
const SUPPORTED_VERSIONS = 43;

/** Record header (5), message header (4), version (2), random (32): then comes the session id. */
const SESSION_ID_AT = 43;
const RECORD_HEADER_BYTES = 5;

/** No ServerHello needs more: all there is in it is bounded, but for extensions that servers do not send. */
export const MAX_SERVER_HELLO_BYTES = 1024;

/** Names by number, of IANA's registry of cipher suites: all that the runtime can agree on. */
const CIPHER_SUITES: Readonly<Record<number, string>> = {
  0x1301: "TLS_AES_128_GCM_SHA256",
  0x1302: "TLS_AES_256_GCM_SHA384",
  0x1303: "TLS_CHACHA20_POLY1305_SHA256",
  0xc02b: "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
  0xc02c: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
  0xc02f: "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
  0xc030: "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
  0xcca8: "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
  0xcca9: "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
};

const VERSIONS: Readonly<Record<number, string>> = { 0x0303: "TLS1.2", 0x0304: "TLS1.3" };

/** What a ServerHello says. */
export interface ServerHello {
  /** By its name in IANA's registry; in hexadecimal if it is none of those known here. */
  cipherSuite: string;
  version: string;
}

/** Reads what a server sends first. Null if that is no ServerHello, or not all of it is there yet. */
export function readServerHello(bytes: Uint8Array): ServerHello | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < SESSION_ID_AT || bytes.length < RECORD_HEADER_BYTES + view.getUint16(3)) {
    return null;
  }
  if (bytes[0] !== HANDSHAKE_RECORD || bytes[RECORD_HEADER_BYTES] !== SERVER_HELLO) return null;
  const cipherSuiteAt = SESSION_ID_AT + 1 + bytes[SESSION_ID_AT]!;
  const cipherSuite = view.getUint16(cipherSuiteAt);
  const version = supportedVersion(view, cipherSuiteAt + 3) ?? view.getUint16(SESSION_ID_AT - 34);
  return {
    cipherSuite: CIPHER_SUITES[cipherSuite] ?? hex(cipherSuite),
    version: VERSIONS[version] ?? hex(version),
  };
}

/** The version in the extension that TLS 1.3 has for it. @param start of the extensions */
function supportedVersion(view: DataView, start: number): number | null {
  const end = start + 2 + (start + 2 <= view.byteLength ? view.getUint16(start) : 0);
  for (let at = start + 2; at + 6 <= Math.min(end, view.byteLength);) {
    if (view.getUint16(at) === SUPPORTED_VERSIONS) return view.getUint16(at + 4);
    at += 4 + view.getUint16(at + 2);
  }
  return null;
}

function hex(number: number): string {
  return `0x${number.toString(16).toUpperCase().padStart(4, "0")}`;
}
