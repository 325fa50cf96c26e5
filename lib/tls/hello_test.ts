import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { readServerHello } from "./hello.ts";

const uint16 = (number: number) => [number >> 8, number & 0xff];
const SUPPORTED_VERSION_1_3 = [0, 43, 0, 2, 3, 4];
const KEY_SHARE = [0, 51, 0, 6, 0, 29, 0, 2, 7, 7];
const RENEGOTIATION_INFO = [0xff, 1, 0, 1, 0];

/** The record of a ServerHello; without `extensions` it ends before their length, as old servers' does. */
function serverHello(cipherSuite: number, extensions?: number[], sessionIdBytes = 32): Uint8Array {
  const body = [
    ...[3, 3],
    ...Array(32).fill(9),
    ...[sessionIdBytes, ...Array(sessionIdBytes).fill(5)],
    ...[...uint16(cipherSuite), 0],
    ...extensions === undefined ? [] : [...uint16(extensions.length), ...extensions],
  ];
  const message = [2, 0, ...uint16(body.length), ...body];
  return Uint8Array.of(22, 3, 3, ...uint16(message.length), ...message);
}

Deno.test("readServerHello tells version and cipher suite", () => {
  const cases: [Uint8Array, string, string][] = [
    [
      serverHello(0x1302, [...KEY_SHARE, ...SUPPORTED_VERSION_1_3]),
      "TLS1.3",
      "TLS_AES_256_GCM_SHA384",
    ],
    [serverHello(0x1301, SUPPORTED_VERSION_1_3, 0), "TLS1.3", "TLS_AES_128_GCM_SHA256"],
    [serverHello(0xc02f, RENEGOTIATION_INFO), "TLS1.2", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"],
    [serverHello(0xcca9), "TLS1.2", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"],
    [serverHello(0x00ff, []), "TLS1.2", "0x00FF"],
  ];
  for (const [bytes, version, cipherSuite] of cases) {
    deepEqual(readServerHello(bytes), { version, cipherSuite });
    const behind = new Uint8Array([...bytes, ...bytes]); // whatever follows
    deepEqual(readServerHello(behind), { version, cipherSuite });
  }
});

Deno.test("readServerHello waits for all of it", () => {
  const bytes = serverHello(0x1301, SUPPORTED_VERSION_1_3);
  for (let end = 0; end < bytes.length; end++) equal(readServerHello(bytes.subarray(0, end)), null);
});

Deno.test("readServerHello takes no other message for one", () => {
  const alert = Uint8Array.of(21, 3, 3, 0, 2, 2, 50, ...Array(50).fill(0));
  equal(readServerHello(alert), null);
  const finished = serverHello(0x1301, SUPPORTED_VERSION_1_3);
  finished[5] = 20;
  equal(readServerHello(finished), null);
});
