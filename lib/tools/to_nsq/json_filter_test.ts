import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { JsonFilter, type JsonFilterRules } from "./json_filter.ts";

const NO_RULES: JsonFilterRules = { requiredField: "", requiredValue: "", passedFields: [] };

/** What passes as text, or what becomes of the message else. */
function judge(rules: Partial<JsonFilterRules>, message: string | Uint8Array): string {
  const body = typeof message === "string" ? new TextEncoder().encode(message) : message;
  const verdict = new JsonFilter({ ...NO_RULES, ...rules }).judge(body);
  return verdict.kind === "pass" ? new TextDecoder().decode(verdict.body) : verdict.kind;
}

Deno.test("JsonFilter passes messages with the required field as they are", () => {
  const rules = { requiredField: "a" };
  for (const message of ['{"a":1}', ' { "b" : 1,"a":null} ', '{"\\u0061":false}']) {
    equal(judge(rules, message), message);
  }
  for (const message of ["{}", '{"b":1}', '{"A":1}', '{"b":{"a":1}}', "null"]) {
    equal(judge(rules, message), "drop", message);
  }
});

Deno.test("JsonFilter does not take what every object inherits for a field", () => {
  equal(judge({ requiredField: "toString" }, "{}"), "drop");
  equal(judge({ requiredField: "__proto__" }, "{}"), "drop");
  equal(judge({ passedFields: ["toString", "__proto__"] }, "{}"), "{}");
  const own = '{"__proto__":1}';
  equal(judge({ requiredField: "__proto__", passedFields: ["__proto__"] }, own), own);
});

Deno.test("JsonFilter compares strings as text and numbers as numbers", () => {
  const passes = (requiredValue: string, value: string) =>
    judge({ requiredField: "a", requiredValue }, `{"a":${value}}`) !== "drop";
  const cases: [string, string, boolean][] = [
    ["x", '"x"', true],
    ["x", '"X"', false],
    ["1", '"1"', true],
    ["1.0", '"1"', false],
    ["1.0", "1", true],
    ["1e3", "1000", true],
    ["12345678901234567890", "12345678901234567890", true],
    ["2", "1", false],
    ["x", "1", false],
    ["true", "true", false],
    ["null", "null", false],
    ["1", "[1]", false],
  ];
  const seen = cases.map(([required, value]) => [required, value, passes(required, value)]);
  deepEqual(seen, cases);
});

Deno.test("JsonFilter does not lose a message that lacks the field to compare", () => {
  equal(judge({ requiredField: "a", requiredValue: "1" }, '{"b":1}'), "incomparable");
});

Deno.test("JsonFilter finds invalid what is no object", () => {
  const notText = new Uint8Array([0xff, 0xfe]);
  for (const message of ["", "a", "[]", "1", '"a"', "{", '{"a":1e400}', "\ufeff{}", notText]) {
    equal(judge({ requiredField: "a" }, message), "invalid", String(message));
    equal(judge({ passedFields: ["a"] }, message), "invalid", String(message));
  }
});

Deno.test("JsonFilter passes the named fields in order of their names", () => {
  const passedFields = ["b", "a", "10", "9", "b", "missing"];
  equal(
    judge({ passedFields }, '{ "c": 0, "b": {"z": 1, "y": [true, null]}, "10": "", "9": 2 }'),
    '{"10":"","9":2,"b":{"y":[true,null],"z":1}}',
  );
  equal(judge({ passedFields }, '{"c":1}'), "{}");
});

Deno.test("JsonFilter writes values as Go does, integers with all their digits", () => {
  const passed = (value: string) =>
    judge({ passedFields: ["a"] }, `{"a":${value}}`).slice('{"a":'.length, -1);
  const cases: [string, string][] = [
    ["1.0", "1"],
    ["1.50", "1.5"],
    ["1e2", "100"],
    ["-0", "0"],
    ["1e21", "1e+21"],
    ["0.0000001", "1e-7"],
    ["9007199254740993", "9007199254740993"],
    ["12345678901234567890", "12345678901234567890"],
    ['"<a&b>"', '"\\u003ca\\u0026b\\u003e"'],
    ['"\u2028é\\n"', '"\\u2028é\\n"'],
  ];
  deepEqual(cases.map(([value]) => [value, passed(value)]), cases);
});
