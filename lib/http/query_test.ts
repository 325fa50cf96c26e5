import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { HttpError } from "./http_error.ts";
import { parseQuery } from "./query.ts";

Deno.test("parseQuery decodes names and values, and keeps the first of a name", () => {
  const query = parseQuery("topic=a%23b&&x=1+2&topic=other&flag&%74=%C3%A9&=empty&y=a=b");
  deepEqual([...query], [
    ["topic", "a#b"],
    ["x", "1 2"],
    ["flag", ""],
    ["t", "é"],
    ["", "empty"],
    ["y", "a=b"],
  ]);
  equal(parseQuery("").size, 0);
});

Deno.test("parseQuery replaces bytes that are not UTF-8", () => {
  equal(parseQuery("topic=a%ffb").get("topic"), "a\ufffdb");
});

Deno.test("parseQuery refuses bad escapes and semicolons anywhere", () => {
  for (const raw of ["a=%zz", "a=%", "a=%4", "%z=1", "topic=a;b=c", "topic=t&a;b"]) {
    throws(() => parseQuery(raw), new HttpError(400, "INVALID_REQUEST"), raw);
  }
});
