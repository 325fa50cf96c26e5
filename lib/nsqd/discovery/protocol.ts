/**
 * What nsqd and lookupd say to each other.
 * Source: https://nsq.io/components/nsqlookupd.html
 * @module
 */

const encoder = new TextEncoder();

export const MAGIC_V1 = encoder.encode("  V1");
export const PING = encoder.encode("PING\n");
export const OK = "OK";

/** How an nsqd announces itself. */
export interface Announcement {
  readonly version: string;
  readonly tcp_port: number;
  readonly http_port: number;
  readonly hostname: string;
  readonly broadcast_address: string;
  readonly topology_zone: string;
  readonly topology_region: string;
}

/** How a lookupd announces itself. */
export interface LookupdInfo {
  /** "" if it gives none; then its HTTP API cannot be asked. */
  readonly broadcastAddress: string;
  readonly httpPort: number;
  readonly version: string;
}

/** A topic, or with `channel` not "" one of its channels. */
export interface Registration {
  readonly topic: string;
  readonly channel: string;
}

/** `IDENTIFY` with its body. */
export function identify(announcement: Announcement): Uint8Array {
  const body = encoder.encode(JSON.stringify(announcement));
  const line = encoder.encode("IDENTIFY\n");
  const bytes = new Uint8Array(line.length + 4 + body.length);
  bytes.set(line);
  new DataView(bytes.buffer).setInt32(line.length, body.length);
  bytes.set(body, line.length + 4);
  return bytes;
}

/** `REGISTER topic channel` or `UNREGISTER topic channel`, without newline. */
export function registration(exists: boolean, { topic, channel }: Registration): string {
  return `${exists ? "REGISTER" : "UNREGISTER"} ${topic}${channel === "" ? "" : " " + channel}`;
}

/** Reads the answer to IDENTIFY. @throws Error if it is none */
export function parseLookupdInfo(answer: Uint8Array): LookupdInfo {
  const text = new TextDecoder().decode(answer);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`parsing response - ${JSON.stringify(text.slice(0, 100))}`, { cause: error });
  }
  const { broadcast_address = "", http_port = 0, version = "" } = (json ?? {}) as Record<
    string,
    unknown
  >;
  if (
    typeof broadcast_address !== "string" || typeof version !== "string" ||
    !Number.isInteger(http_port)
  ) throw new Error(`parsing response - ${JSON.stringify(text.slice(0, 100))}`);
  return { broadcastAddress: broadcast_address, httpPort: http_port as number, version };
}
