/**
 * Answers what a router alone does not: which methods a path would have allowed, and which route
 * somebody meant who wrote it with a stray slash, dots or other letter case. The rules are those
 * of the router in NSQ's Go daemons (julienschmidt/httprouter), seen from outside.
 */
export class RouteTable {
  /** Method → patterns, each split at its slashes. */
  readonly #patterns = new Map<string, string[][]>();

  add(method: string, pattern: string): void {
    const known = this.#patterns.get(method);
    if (known === undefined) this.#patterns.set(method, [pattern.split("/")]);
    else known.push(pattern.split("/"));
  }

  /** The value of an Allow header: methods other than `except`, or "" if there are none. */
  allowed(path: string, except: string): string {
    const segments = path.split("/");
    const methods: string[] = [];
    for (const [method, patterns] of this.#patterns) {
      if (method === except) continue;
      if (patterns.some((pattern) => match(pattern, segments, false))) methods.push(method);
    }
    if (methods.length === 0) return "";
    return [...methods, "OPTIONS"].sort().join(", ");
  }

  /** The path that this method has a route for and that `path` most likely meant. */
  corrected(method: string, path: string): string | undefined {
    const patterns = this.#patterns.get(method);
    if (patterns === undefined || path === "/") return undefined;
    const toggled = toggleTrailingSlash(path);
    const cleaned = cleanPath(path);
    return find(patterns, toggled, false) ??
      find(patterns, cleaned, true) ??
      find(patterns, toggleTrailingSlash(cleaned), true);
  }
}

/** The path, spelt as the pattern spells it, of the first pattern that matches. */
function find(patterns: string[][], path: string, ignoreCase: boolean): string | undefined {
  const segments = path.split("/");
  const pattern = patterns.find((pattern) => match(pattern, segments, ignoreCase));
  if (pattern === undefined) return undefined;
  return pattern.map((part, at) => isParameter(part) ? segments[at]! : part).join("/");
}

function match(pattern: string[], segments: string[], ignoreCase: boolean): boolean {
  if (pattern.length !== segments.length) return false;
  return pattern.every((part, at) => {
    const segment = segments[at]!;
    if (isParameter(part)) return segment !== "";
    return part === segment || (ignoreCase && part === segment.toLowerCase());
  });
}

function isParameter(part: string): boolean {
  return part.startsWith(":");
}

function toggleTrailingSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path + "/";
}

/** Removes empty, "." and ".." segments; a trailing slash stays. */
function cleanPath(path: string): string {
  const kept: string[] = [];
  const segments = path.split("/");
  for (const segment of segments) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") kept.pop();
    else kept.push(segment);
  }
  const last = segments.at(-1);
  const trailing = kept.length > 0 && (last === "" || last === ".");
  return "/" + kept.join("/") + (trailing ? "/" : "");
}
