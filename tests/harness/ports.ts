/**
 * Ports that stay a test's own. One that the system has picked (`:0`) is anybody's again as soon as its daemon has ended: a neighbour
 * may listen on it, or have it as the local end of a connection, before the daemon is started again, or a client that still looks for
 * it may find the neighbour.
 */
import { join } from "node:path";
import { tmpdir } from "node:os";

const LOWEST = 10_000;
/** Where a system that does not say so begins with the ports that it picks by itself. */
const USUAL_FIRST_PICKED = 32_768;
/** The last port that was handed out, to whichever process of this user: a file that is locked while it is read and written. */
const LAST_PORT_FILE = join(tmpdir(), `nsq-test-port-${Deno.uid()}`);

/** Ports below this one are handed out by nobody but us. */
function firstPicked(): number {
  try {
    const range = Deno.readTextFileSync("/proc/sys/net/ipv4/ip_local_port_range");
    return Number(range.split(/\s/)[0]);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return USUAL_FIRST_PICKED;
    throw error;
  }
}

/**
 * A port of the loopback on which nobody listens. Neither the system gives it to anybody by itself, nor this function, in whatever
 * process, before thousands of others have been handed out. Where the system picks from all ports: any free one.
 */
export function reservePort(): number {
  const end = firstPicked();
  if (end < LOWEST + 1000) return listenOnce(0)!;
  using file = Deno.openSync(LAST_PORT_FILE, { read: true, write: true, create: true });
  file.lockSync(true);
  const buffer = new Uint8Array(16);
  const length = file.readSync(buffer) ?? 0;
  const last = Number(new TextDecoder().decode(buffer.subarray(0, length))) || randomPort(end);
  for (let port = last + 1;; port++) {
    if (port < LOWEST || port >= end) port = LOWEST;
    if (listenOnce(port) === undefined) continue;
    file.truncateSync();
    file.seekSync(0, Deno.SeekMode.Start);
    file.writeSync(new TextEncoder().encode(String(port)));
    return port;
  }
}

function randomPort(end: number): number {
  return LOWEST + Math.floor(Math.random() * (end - LOWEST));
}

/** The port, 0 for any, if one can listen there. */
function listenOnce(port: number): number | undefined {
  try {
    using listener = Deno.listen({ hostname: "127.0.0.1", port });
    return listener.addr.port;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}
