import { openListeners } from "../net/listeners.ts";
import type { SharedAddress } from "./entries.ts";

/**
 * What is to be listened on, all on one port, where nobody else listens: sharing it with a stranger who allows that would go unnoticed.
 * @throws Deno.errors.AddrInUse and its like
 */
export function freeAddresses(at: SharedAddress): [SharedAddress, ...SharedAddress[]] {
  const { hostname, port } = at;
  const listeners = openListeners({ transport: "tcp", hostname, port });
  const [first, ...others] = listeners.map(({ addr }) => addr as Deno.NetAddr);
  for (const listener of listeners) listener.close();
  return [first!, ...others];
}
