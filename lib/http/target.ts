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
  const mark = queryMark(url);
  return { path: pathBefore(url, mark), query: mark < 0 ? undefined : url.slice(mark + 1) };
}

/** The path of {@link requestTarget} alone. */
export function requestPath(url: string): string {
  return pathBefore(url, queryMark(url));
}

/** The query of {@link requestTarget} alone; "" when there is none. */
export function requestQuery(url: string): string {
  const mark = queryMark(url);
  return mark < 0 ? "" : url.slice(mark + 1);
}

function queryMark(url: string): number {
  return url.indexOf("?", authorityOf(url));
}

function authorityOf(url: string): number {
  return url.indexOf("://") + 3;
}

function pathBefore(url: string, mark: number): string {
  const slash = url.indexOf("/", authorityOf(url));
  const pathEnd = mark < 0 ? url.length : mark;
  return slash < 0 || slash > pathEnd ? "/" : url.slice(slash, pathEnd);
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
