/**
 * Whether a request that changes something comes from our own pages, or from no page at all.
 *
 * A browser that another site's page told to send a request adds headers that the page cannot
 * change: `Sec-Fetch-Site` (to https and localhost) and `Origin` (for all but GET and HEAD). curl
 * and scripts send neither, and the ones that people have must go on to work; they carry nobody's
 * cookies or network position into a trap, so there is nothing to guard against.
 */
export function isSameOrigin(headers: Pick<Headers, "get">): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none";
  const origin = headers.get("origin");
  if (origin === null) return true;
  if (!URL.canParse(origin)) return false; // "null", of a sandboxed frame, is one of these
  const { host } = new URL(origin);
  // A proxy in front may have put its own name for us into Host.
  return [headers.get("host"), headers.get("x-forwarded-host")].some((name) =>
    name !== null && normalized(name) === host
  );
}

/** As `URL.host` has it: lower case, without the port that goes without saying. */
function normalized(host: string): string {
  return host.trim().toLowerCase().replace(/:(80|443)$/, "");
}
