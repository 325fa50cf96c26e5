import { parseHostPort } from "../../lib/net/host_port.ts";
import { isAddress } from "./cidr.ts";

/**
 * Decides by its Host header whether a request is answered. Against DNS rebinding: a page of another
 * site that lets its own name point to this machine is of the same origin as we are, in a browser's
 * eyes, but it cannot change the name. An address cannot be rebound, so addresses are always good.
 *
 * A server that everybody may reach is protected by its network or a proxy, which may call it any
 * name; one on a loopback address relies on nobody else reaching it, so it answers to localhost only
 * unless it is told its names.
 */
export function allowedHosts(
  httpAddress: string,
  names: readonly string[],
): (host: string | null) => boolean {
  const listensOn = parseHostPort(httpAddress)?.hostname ?? "";
  if (names.length === 0 && !isLoopback(listensOn)) return () => true;
  const known = new Set(["localhost", ...names].map((name) => name.toLowerCase()));
  return (host) => {
    const name = nameOf(host ?? "");
    return name === "" || known.has(name) || isAddress(name) || name.endsWith(".localhost");
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\./.test(hostname);
}

/** The name in a Host header: lower case, without port, brackets and final dot. */
function nameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}
