/** The certificate that a server shows, whoever has signed it. */

import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { parseHostPort } from "../../net/host_port.ts";
import { readCertificates } from "../../tls/pem.ts";

/** What is asked of a certificate. */
interface Certificate {
  readonly validTo: Date;
  /** Whose it is, for people. */
  readonly subject: string;
}

const TIMEOUT_MS = 5_000;

/** nsqd's greeting, and its wish for TLS. */
const IDENTIFY = '{"tls_v1":true,"feature_negotiation":true,"client_id":"nsq check tls"}';

/** The first certificate of a PEM file. @throws Error that says why there is none */
export function certificateOf(path: string): Certificate {
  const [{ validTo, subject }] = readCertificates(path);
  return { validTo: new Date(validTo), subject: commonName(subject) };
}

/** The certificate that a server shows. @throws Error that says why there is none */
export async function certificateAt(address: string, isNsqdTcp: boolean): Promise<Certificate> {
  const place = parseHostPort(address);
  if (place === undefined) throw new Error("is no host:port and no path");
  const { hostname: host, port } = place;
  const socket = isNsqdTcp ? await identified(host, port) : undefined;
  const secure = connectTls({
    ...socket === undefined ? { host, port } : { socket },
    rejectUnauthorized: false,
  });
  secure.setTimeout(TIMEOUT_MS, () => secure.destroy(new Error("no answer")));
  try {
    return await shownBy(secure);
  } finally {
    secure.destroy();
    socket?.destroy();
  }
}

function shownBy(secure: TLSSocket): Promise<Certificate> {
  const { promise, resolve, reject } = Promise.withResolvers<Certificate>();
  secure.once("error", (error) => reject(new Error(`no TLS: ${error.message}`, { cause: error })));
  secure.once("close", () => reject(new Error("no TLS: the connection was closed")));
  secure.once("secureConnect", () => {
    const { valid_to, subject } = secure.getPeerCertificate();
    const name = subject?.CN;
    resolve({ validTo: new Date(valid_to), subject: String(name ?? "nobody") });
  });
  return promise;
}

/** A connection to nsqd that TLS is to begin on now. */
async function identified(host: string, port: number): Promise<Socket> {
  const socket = connectTcp({ host, port });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error("no answer")));
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  socket.once("connect", () => {
    const length = new DataView(new ArrayBuffer(4));
    length.setUint32(0, IDENTIFY.length);
    socket.write("  V2IDENTIFY\n");
    socket.write(new Uint8Array(length.buffer));
    socket.write(IDENTIFY);
  });
  socket.once("data", (frame: Uint8Array) => {
    const said = new TextDecoder().decode(frame.subarray(8));
    if (said.includes('"tls_v1":true')) resolve();
    else reject(new Error("this broker does not offer TLS on its TCP port"));
  });
  try {
    await promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The last common name of a subject such as `C=DE\nCN=nsqd`. */
function commonName(subject: string): string {
  return /(?:^|\n|, )CN=([^\n,]*)/.exec(subject)?.[1] ?? "nobody";
}
