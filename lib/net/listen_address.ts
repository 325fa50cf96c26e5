import { parseHostPort } from "./host_port.ts";

/** Where a server listens: a TCP port, or the path of a Unix socket. */
export type ListenAddress =
  | {
    transport: "tcp";
    hostname: string;
    port: number;
    /** Whether others, who say so too, may listen there as well: the system shares connections out among them. */
    reusePort?: boolean;
  }
  | { transport: "unix"; path: string };

const EVERY_INTERFACE = "0.0.0.0";

/** Reads `<addr>:<port>`; whatever else is not empty is the path of a Unix socket, as in nsqd. */
export function parseListenAddress(text: string): ListenAddress {
  const at = parseHostPort(text);
  if (at === undefined) return { transport: "unix", path: text };
  return { transport: "tcp", hostname: at.hostname || EVERY_INTERFACE, port: at.port };
}
