import { percentDecode } from "./percent.ts";

/** What a request line asks for, still escaped. */
export interface Target {
  /** Begins with a slash. */
  path: string;
  /** Without its question mark; undefined when there is none. */
  query: string | undefined;
}

/** Takes path and query out of a request's URL as they were sent, without normalising them. */
export function requestTarget(url: string): Target {
  const authority = url.indexOf("://") + 3;
  const slash = url.indexOf("/", authority);
  const mark = url.indexOf("?", authority);
  const pathEnd = mark < 0 ? url.length : mark;
  const path = slash < 0 || slash > pathEnd ? "/" : url.slice(slash, pathEnd);
  return { path, query: mark < 0 ? undefined : url.slice(mark + 1) };
}

/** The path to route by: escapes decoded, or as it was sent where they cannot be. */
export function decodedPath(url: string): string {
  const { path } = requestTarget(url);
  return percentDecode(path, false) ?? path;
}

/** Path and query as sent, for the request log. */
export function requestUri(url: string): string {
  const { path, query } = requestTarget(url);
  return query === undefined ? path : `${path}?${query}`;
}
