/**
 * The base path as routes have it: `/`, or `/x/y` with a slash before and none behind; dots and
 * doubled slashes are resolved.
 */
export function normalizeBasePath(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(segment);
  }
  return "/" + kept.join("/");
}

/** `path`, which starts with a slash, under the base path. */
export function underBasePath(basePath: string, path: string): string {
  if (basePath === "/") return path;
  return path === "/" ? basePath : basePath + path;
}
