/** Real URLs without reloading: which page an address means, and how to get to another one. */
import { useEffect, useState } from "preact/hooks";
import { config } from "./config.ts";

/** A page and what it is about. */
export type Route =
  | { page: "streams" | "nodes" | "counter" | "lookup" | "policies" | "unknown" }
  | { page: "topic"; topic: string }
  | { page: "channel"; topic: string; channel: string }
  | { page: "node"; node: string };

/** The page of a path below the base path. */
export function routeOf(path: string): Route {
  const [first = "", ...names] = path.split("/").filter((part) => part !== "").map(decode);
  const [topic, channel] = names;
  if (names.length === 0) {
    if (first === "" || first === "topics") return { page: "streams" };
    if (first === "nodes" || first === "counter" || first === "lookup" || first === "policies") {
      return { page: first };
    }
  }
  if (first === "topics" && topic !== undefined && names.length <= 2) {
    return channel === undefined ? { page: "topic", topic } : { page: "channel", topic, channel };
  }
  if (first === "nodes" && names.length === 1) return { page: "node", node: topic! };
  return { page: "unknown" };
}

/** Goes to another address of the console. */
export function navigate(href: string, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", href);
  else history.replaceState(null, "", href);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The address now, without origin and base path. */
export function useLocation(): { path: string; query: URLSearchParams } {
  const [href, setHref] = useState(location.href);
  useEffect(() => {
    const update = () => setHref(location.href);
    addEventListener("popstate", update);
    document.addEventListener("click", followInside);
    return () => {
      removeEventListener("popstate", update);
      document.removeEventListener("click", followInside);
    };
  }, []);
  const { pathname, searchParams } = new URL(href);
  return { path: belowBase(pathname), query: searchParams };
}

/** What is not below the base path is no page of ours. */
function belowBase(path: string): string {
  const { basePath } = config;
  return path === basePath || path.startsWith(basePath + "/")
    ? path.slice(basePath.length)
    : "/unknown" + path;
}

/** Follows links to the console without loading it again; all others are the browser's. */
function followInside(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0) return;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const link = (event.target as Element).closest("a");
  if (link === null || link.target !== "" || link.origin !== location.origin) return;
  if (!link.pathname.startsWith(config.basePath + "/")) return;
  if (link.hash !== "" && link.pathname === location.pathname) return;
  if (routeOf(link.pathname.slice(config.basePath.length)).page === "unknown") return;
  event.preventDefault();
  if (link.href !== location.href) navigate(link.href);
  scrollTo(0, 0);
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // A stray "%": then it is meant as it stands.
  }
}
