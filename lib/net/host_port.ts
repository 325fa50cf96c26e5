/** Network addresses as Go writes them: `127.0.0.1:4150`, `:4150`, `[::1]:4150`. */

import { ValueError } from "../value_error.ts";

const MAX_PORT = 65535;

/** An address to listen on or to connect to. */
export interface HostPort {
  /** Without brackets; "" stands for every interface. */
  readonly hostname: string;
  readonly port: number;
}

/**
 * Splits an address at its last colon.
 *
 * @returns undefined when it is no `<host>:<port>`: the reference then takes it for a socket's path
 * @throws ValueError when the port is no number from 0 to 65535
 */
export function parseHostPort(address: string): HostPort | undefined {
  const match = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(address);
  if (match === null) return undefined;
  const [, bracketed, plain, portText = ""] = match;
  const port = Number(portText);
  if (!/^\d*$/.test(portText) || port > MAX_PORT) {
    const path = /^\d+(\/.*)$/.exec(portText)?.[1];
    const way = path === undefined ? "" : `: leave out ${JSON.stringify(path)}`;
    throw new ValueError(
      `port ${JSON.stringify(portText)} is no number from 0 to ${MAX_PORT}${way}`,
    );
  }
  return { hostname: bracketed ?? plain ?? "", port };
}

/** Writes an address as {@link parseHostPort} reads it: an IPv6 host in brackets. */
export function joinHostPort(hostname: string, port: number): string {
  return hostname.includes(":") ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Whether a host is an address, and no name. */
export function isAddress(hostname: string): boolean {
  return hostname.includes(":") || /^\d+(\.\d+){3}$/.test(hostname);
}
