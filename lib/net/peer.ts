import { joinHostPort } from "./host_port.ts";

/** A connection as the system hands it out. */
export type Socket = Deno.TcpConn | Deno.UnixConn;

/** Who has connected. */
export interface Peer {
  /** `<addr>:<port>`, or `@` for a Unix socket. */
  readonly name: string;
  /** The address without port, "" for a Unix socket. */
  readonly hostname: string;
}

/** How whoever came over a Unix socket is called, as it has no address. */
const UNIX_PEER_NAME = "@";

/** How an IPv4 address begins that a socket for both families shows. */
const MAPPED = "::ffff:";

/** An address as people write it: `127.0.0.1`, not `::ffff:127.0.0.1`. */
export function plainAddress(address: string): string {
  return address.startsWith(MAPPED) && address.includes(".")
    ? address.slice(MAPPED.length)
    : address;
}

/** `<addr>:<port>`, or `@` for a Unix socket. */
export function peerName(addr: Deno.Addr): string {
  return "hostname" in addr ? joinHostPort(plainAddress(addr.hostname), addr.port) : UNIX_PEER_NAME;
}

/** Who is at the other end of a connection. */
export function peerOf({ remoteAddr }: Socket): Peer {
  const hostname = "hostname" in remoteAddr ? plainAddress(remoteAddr.hostname) : "";
  return { name: peerName(remoteAddr), hostname };
}
