import type { ListenAddress } from "../net/listen_address.ts";

/** More would only wait for the core. */
const MOST = 8;

/** Of the machine. */
export interface Machine {
  readonly os: typeof Deno.build.os;
  /** Those that this process may use. */
  readonly cores: number;
}

/**
 * How many I/O threads `auto` means: what the core leaves of the processors; none where the system does not share the connections of a port out.
 * @param at where connections come in
 */
export function automaticIoThreads(at: ListenAddress, { os, cores }: Machine = here()): number {
  if (os !== "linux" || at.transport === "unix") return 0;
  return Math.min(cores - 1, MOST);
}

function here(): Machine {
  return { os: Deno.build.os, cores: navigator.hardwareConcurrency };
}
