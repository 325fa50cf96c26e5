import { strictEqual as equal, throws } from "node:assert/strict";
import { compileGoPattern, MAX_PATTERN_CHARACTERS } from "./pattern.ts";

Deno.test("compileGoPattern matches what Go's regexp matches", () => {
  // Each expectation was seen with Go's regexp.MatchString.
  const cases: [pattern: string, text: string, matches: boolean][] = [
    ["", "", true],
    ["^orders$", "orders", true],
    ["^orders$", "orders2", false],
    ["a|b", "xbx", true],
    [".*", "", true],
    ["(?i)ORD", "orders", true],
    ["(?i:ORD)ers", "orders", true],
    ["a(?i)b|C", "c", true],
    ["a(?i)b|C", "Ab", false],
    ["(?i)a(?-i)b", "AB", false],
    ["(?P<name>o+)", "foo", true],
    ["(?<name>o+)", "foo", true],
    ["(?P<1>a)", "a", true],
    ["^[[:alpha:]_]+$", "ab_c", true],
    ["^[^[:digit:]]+$", "ab1", false],
    ["^[]a]$", "]", true],
    ["^[^]a]$", "b", true],
    ["^[a-c-]+$", "a-c", true],
    ["^[-a]+$", "-a", true],
    ["^[\\w.-]+$", "a.b-c_d", true],
    ["\\Qa.b\\E$", "a.b", true],
    ["\\Qa.b", "axb", false],
    ["\\Aab\\z", "ab", true],
    ["\\Aab\\z", "abc", false],
    ["a\\-b\\_c\\.d", "a-b_c.d", true],
    ["a{2}", "aa", true],
    ["^a{,2}$", "aa", false],
    ["^a{,2}$", "a{,2}", true],
    ["]", "]", true],
    ["}", "}", true],
    ["\\x41\\x{42}\\103", "ABC", true],
    ["\\pL+", "abc", true],
    ["^\\p{Greek}+$", "abc", false],
    ["\\PL", "1", true],
    ["a+?b??c*?", "ac", true],
    ["#ephemeral$", "t#ephemeral", true],
    ["\\bt\\b", "a-t-b", true],
  ];
  for (const [pattern, text, matches] of cases) {
    equal(compileGoPattern(pattern).test(text), matches, `${pattern} on ${text}`);
  }
});

Deno.test("compileGoPattern refuses what Go's regexp refuses", () => {
  const bad = ["(", ")", "*", "a**", "[a", "[", "a{1001}", "(?=a)", "(?!a)", "(?<=a)", "(?<!a)"];
  bad.push("(a)\\1", "\\", "\\y", "[[:nope:]]", "[b-a]", "(?P=n)", "(?z)a", "+a");
  for (const pattern of bad) throws(() => compileGoPattern(pattern), SyntaxError, pattern);
});

Deno.test("compileGoPattern says what is wrong in one line, in Go's words", () => {
  throws(() => compileGoPattern("a\n("), {
    name: "SyntaxError",
    message: "error parsing regexp: missing closing ): `a\\n(`",
  });
  throws(
    () => compileGoPattern("a".repeat(MAX_PATTERN_CHARACTERS + 1)),
    /too long, at most 16384$/,
  );
});

Deno.test("compileGoPattern matches in time that grows with the text, not by powers of it", () => {
  const hard = ["^([a-z0-9]+[._-]?)+$", "^(a*)*$", "^(a|aa)+$", "^(.*)(.*)(.*)(.*)[^!]$"];
  for (const pattern of hard) {
    equal(compileGoPattern(pattern).test("a".repeat(5000) + "!"), false, pattern);
  }
});
