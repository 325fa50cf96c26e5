import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import {
  boolean,
  duration,
  float,
  integer,
  type Kind,
  numberList,
  orAuto,
  text,
  textList,
  word,
} from "./kind.ts";
import { ValueError } from "../value_error.ts";

const COLOUR = word({ red: 1, green: 2 } as const);
const REQUIRED = word({ false: "no", true: "yes", some: "some" }, undefined, { isBoolean: true });

Deno.test("kinds coerce what a configuration file holds", () => {
  const cases: [string, Kind<unknown>, unknown, unknown][] = [
    ["string", text(), "x", "x"],
    ["boolean", boolean(), true, true],
    ["boolean from a word", boolean(), "f", false],
    ["boolean from 1", boolean(), 1n, true],
    ["boolean from 0", boolean(), 0n, false],
    ["integer", integer(), 5n, 5],
    ["integer from a string", integer(), "5", 5],
    ["number where auto could be", orAuto(integer()), "5", 5],
    ["auto", orAuto(integer()), "auto", "auto"],
    ["float", float(), 0.5, 0.5],
    ["float from an integer", float(), 2n, 2],
    ["float from a string", float(), ".5", 0.5],
    ["duration from a string", duration(), "1m30s", 90_000],
    ["duration from a bare number is milliseconds", duration(), 250n, 250],
    ["word in any case", COLOUR, "Green", 2],
    ["boolean word from a boolean", REQUIRED, true, "yes"],
    ["boolean word from a number", REQUIRED, 0n, "no"],
    ["boolean word from a word", REQUIRED, "some", "some"],
    ["list", textList(), ["a", "b"], ["a", "b"]],
    ["list from a string", textList(), "a,b", ["a", "b"]],
    ["empty list from an empty string", textList(), "", []],
    ["numbers", numberList(), [0.5, 1n, "0.25"], [0.5, 1, 0.25]],
    ["numbers from a string", numberList(), "1.0, 0.5", [1, 0.5]],
  ];
  for (const [name, kind, value, wanted] of cases) {
    deepStrictEqual(kind.fromConfig(value), wanted, name);
  }
});

Deno.test("kinds refuse the wrong type in a configuration file", () => {
  const cases: [Kind<unknown>, unknown, string][] = [
    [text(), 5n, "expected a string, not integer 5"],
    [boolean(), 0.5, "expected a boolean, not number 0.5"],
    [boolean(), "yes", 'invalid boolean "yes" (true or false)'],
    [integer(), 1.5, "expected a whole number, not number 1.5"],
    [integer(), "0x10", 'invalid integer "0x10"'],
    [integer(), 2n ** 63n, "integer 9223372036854775808 is out of the 64-bit range"],
    [orAuto(integer()), "many", '"many" is neither a number nor auto'],
    [duration(), 1.5, "expected a duration, not number 1.5"],
    [duration(), 2n ** 62n, 'duration "4611686018427387904ms" is too large'],
    [duration(), true, "expected a duration, not boolean true"],
    [COLOUR, 1n, "expected a string, not integer 1"],
    [textList(), [1n], "expected a string, not integer 1"],
    [textList(), {}, "expected a list, not a section"],
    [numberList(), ["x"], 'invalid number "x"'],
  ];
  for (const [kind, value, message] of cases) {
    throws(() => kind.fromConfig(value), new ValueError(message));
  }
});

Deno.test("kinds take the last of repeated flags and all of a list's", () => {
  strictEqual(integer().fromFlags(["1", "2"]), 2);
  strictEqual(text().fromFlags(["a", ""]), "");
  deepStrictEqual(textList().fromFlags(["a,b", "c"]), ["a,b", "c"]);
  deepStrictEqual(numberList().fromFlags(["0.5,1.0", "0.75"]), [1, 0.75, 0.5]);
});

Deno.test("kinds refuse what is out of bounds", () => {
  const cases: [Kind<unknown>, string, string][] = [
    [integer({ min: 0 }), "-1", "-1 is out of range (at least 0)"],
    [integer({ min: 1, max: 9 }), "10", "10 is out of range (at least 1 and at most 9)"],
    [duration({ above: 0 }), "0", "0s is out of range (more than 0s)"],
    [numberList({ above: 0, max: 1 }), "0", "0 is out of range (more than 0 and at most 1)"],
    [COLOUR, "blue", 'unknown value "blue" (one of: red, green)'],
    [COLOUR, "constructor", 'unknown value "constructor" (one of: red, green)'],
    [
      word({ get: "get" }, undefined, { exactCase: true }),
      "GET",
      'unknown value "GET" (one of: get)',
    ],
  ];
  for (const [kind, value, message] of cases) {
    throws(() => kind.fromFlags([value]), new ValueError(message));
  }
});

Deno.test("kinds show nothing for a default that is empty", () => {
  deepStrictEqual(
    [text().format(""), boolean().format(false), integer().format(0), duration().format(0)],
    ["", "", "", ""],
  );
  deepStrictEqual(
    [text().format("x"), boolean().format(true), duration().format(60_000), COLOUR.format(2)],
    ['"x"', "true", "1m0s", "green"],
  );
});
