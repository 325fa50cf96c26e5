import { type ListenAddress, parseListenAddress } from "./listen_address.ts";
import { removeSocket, removeStaleSocket } from "./unix_socket.ts";

/** Listens on `address`, a `<addr>:<port>` or the path of a Unix socket. @throws Error that names the address */
export async function listenOn<T>(
  address: string,
  open: (at: ListenAddress) => T | Promise<T>,
): Promise<T> {
  try {
    const at = parseListenAddress(address);
    if (at.transport === "unix") await removeStaleSocket(at.path);
    return await open(at);
  } catch (error) {
    throw new Error(`listen (${address}) failed - ${(error as Error).message}`, { cause: error });
  }
}

/** Removes what a closed listener on `address` leaves behind: the file of a Unix socket. */
export function cleanUpAfter(address: string): void {
  const at = parseListenAddress(address);
  if (at.transport === "unix") removeSocket(at.path);
}
