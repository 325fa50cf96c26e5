/** Says once who did not answer: a failure to connect names its address by itself, and so does whoever reports it. */

/** The reason without the address that it may begin with. @param address as `host:port` */
export function bareReason(address: string, reason: string): string {
  const prefix = `${address}: `;
  return reason.startsWith(prefix) ? reason.slice(prefix.length) : reason;
}
