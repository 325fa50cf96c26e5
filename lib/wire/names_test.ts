import assert from "node:assert/strict";
import { isEphemeralName, isValidName } from "./names.ts";

Deno.test("isValidName accepts 1 to 64 of .a-zA-Z0-9_- with #ephemeral at the end", () => {
  const longest = "x".repeat(64);
  for (
    const name of [
      "a",
      ".",
      "-",
      "_",
      "Az09._-",
      longest,
      "a#ephemeral",
      "x".repeat(54) + "#ephemeral",
    ]
  ) {
    assert.ok(isValidName(name), name);
  }
});

Deno.test("isValidName refuses everything else", () => {
  const names = [
    "",
    " ",
    "a b",
    "a\n",
    "\na",
    "a#ephemeral\n",
    "a:b",
    "a/b",
    "é",
    "#ephemeral",
    "a#ephemera",
    "a#ephemeral#ephemeral",
    "a#ephemeralb",
    "a#",
    "a\0",
    "x".repeat(65),
    "x".repeat(55) + "#ephemeral",
  ];
  for (const name of names) assert.ok(!isValidName(name), JSON.stringify(name));
});

Deno.test("isEphemeralName looks at the end of the name", () => {
  assert.ok(isEphemeralName("a#ephemeral"));
  assert.ok(!isEphemeralName("ephemeral"));
  assert.ok(!isEphemeralName("a#ephemeral2"));
});
