import type { ListenAddress } from "./listen_address.ts";
import { joinHostPort } from "./host_port.ts";
import type { Socket } from "./peer.ts";

/** What hands out connections. */
export type Listener = Deno.Listener<Socket>;

/** The ways to write "every interface". */
const WILDCARDS = ["", "0.0.0.0", "::"];

/** What a system without IPv6 says to `::`. */
const NO_IPV6 = ["EAFNOSUPPORT", "EADDRNOTAVAIL", "EPROTONOSUPPORT"];

/**
 * How many connections may wait until they are accepted, if the system allows it: 4096 on Linux. All clients of a broker that
 * was restarted come at once. Those who find the queue full are not refused, but try again after a second, or three.
 */
export const ACCEPT_QUEUE = 65_535;

/** Opens what listens on an address, all on one port. @throws Deno.errors.AddrInUse and its like; nothing is open then */
export function openListeners(at: ListenAddress): Listener[] {
  return openAll<Listener>(
    at,
    (each) =>
      each.transport === "tcp"
        ? Deno.listen({ ...each, tcpBacklog: ACCEPT_QUEUE })
        : Deno.listen(each),
    (listener) => listener.close(),
  );
}

/**
 * Opens as many servers as an address needs, all on one port: every interface means IPv4 and IPv6 whichever way it is
 * written, as in Go; where there is no IPv6, IPv4 alone. Any other address means just that.
 *
 * @throws what `open` throws; nothing is open then
 */
export function openAll<T extends { readonly addr: Deno.Addr }>(
  at: ListenAddress,
  open: (at: ListenAddress) => T,
  close: (opened: T) => void,
): T[] {
  if (at.transport === "unix" || !WILDCARDS.includes(at.hostname)) return [open(at)];
  let both: T;
  try {
    both = open({ ...at, hostname: "::" });
  } catch (error) {
    if (!NO_IPV6.includes((error as { code?: string }).code ?? "")) throw error;
    return [open({ ...at, hostname: "0.0.0.0" })];
  }
  const { port } = both.addr as Deno.NetAddr;
  try {
    // Where the system keeps the families apart (`bindv6only`), IPv4 needs its own.
    return [both, open({ ...at, hostname: "0.0.0.0", port })];
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return [both]; // it has IPv4 already
    close(both);
    throw error;
  }
}

/** The port listened on; -1 for a Unix socket. */
export function portOf(addr: Deno.Addr): number {
  return "port" in addr ? addr.port : -1;
}

/** Where it listens, for the log: `[::]:4150`, or the path of a Unix socket. */
export function addressText(addr: Deno.Addr): string {
  if ("path" in addr) return addr.path;
  return "hostname" in addr ? joinHostPort(addr.hostname, addr.port) : "";
}
