/** What `fetch` does by itself after a redirect. Source: https://fetch.spec.whatwg.org/#http-redirect-fetch */

/** One request more. */
export interface NextRequest<I extends RequestInit> {
  readonly url: URL;
  readonly init: I;
}

/** The request that an answer redirects to; undefined for other answers. */
export function redirectOf<I extends RequestInit>(
  url: URL,
  init: I,
  { status, headers }: Response,
): NextRequest<I> | undefined {
  const location = headers.get("location");
  if (location === null || ![301, 302, 303, 307, 308].includes(status)) return undefined;
  if (!URL.canParse(location, url)) return undefined;
  const next = new URL(location, url);
  if (!/^https?:$/.test(next.protocol)) return undefined;
  const sent = new Headers(init.headers);
  // A secret is for the server that was asked, not for any other.
  if (next.origin !== url.origin) ["authorization", "cookie"].forEach((name) => sent.delete(name));
  const { method = "GET" } = init;
  const becomesGet = status === 303 || status < 303 && method === "POST";
  if (!becomesGet || method === "HEAD") return { url: next, init: { ...init, headers: sent } };
  sent.delete("content-type");
  const { body: _, ...rest } = init;
  return { url: next, init: { ...rest as I, method: "GET", headers: sent } };
}
