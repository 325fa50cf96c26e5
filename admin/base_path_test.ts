import { strictEqual as equal } from "node:assert/strict";
import { normalizeBasePath, underBasePath } from "./base_path.ts";

Deno.test("normalizeBasePath starts with a slash and ends without", () => {
  const cases = [["", "/"], ["/", "/"], ["x", "/x"], ["/x/", "/x"], ["//x/../y/./z", "/y/z"]];
  for (const [given, wanted] of cases) equal(normalizeBasePath(given!), wanted);
});

Deno.test("underBasePath joins without doubled slashes", () => {
  equal(underBasePath("/", "/api"), "/api");
  equal(underBasePath("/x", "/api"), "/x/api");
  equal(underBasePath("/x", "/"), "/x");
});
