import { strictEqual as equal } from "node:assert/strict";
import { visible, visibleBytes, visibleJson } from "./visible.ts";

Deno.test("visible leaves alone what shows itself", () => {
  for (const text of ["", "plain", "Grüße, 世界 👩‍👩‍👧 \\n", "ö ~"]) equal(visible(text), text);
});

Deno.test("visible shows what would move the cursor, begin a line or turn letters around", () => {
  equal(visible("a\nb\r\tc"), "a\\nb\\r\\tc");
  equal(visible("\x1b[2J\x1b]0;title\x07\x7f\0"), "\\x1b[2J\\x1b]0;title\\x07\\x7f\\x00");
  equal(visible("\x9b31m\x85"), "\\u009b31m\\u0085");
  equal(visible("a\u202egpj.exe\u2066\u200f\u061c"), "a\\u202egpj.exe\\u2066\\u200f\\u061c");
  equal(visible("\u2028\u200b\ufeff\u{e0041}"), "\\u2028\\u200b\\ufeff\\U000e0041");
  equal(visible("\ud800x"), "\\ud800x");
});

Deno.test("visibleJson stays JSON and means the same", () => {
  const text = "\x7f\x1b\u202e\u{e0041}\ud800ö\n";
  const json = visibleJson(JSON.stringify(text));
  equal(json, '"\\u007f\\u001b\\u202e\\udb40\\udc41\\ud800ö\\n"');
  equal(JSON.parse(json), text);
});

Deno.test("visibleBytes shows bytes that are no UTF-8, and all that is around them", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  equal(visibleBytes(bytes("ö\x1b")), "ö\\x1b");
  equal(
    visibleBytes(Uint8Array.of(0x61, 0xff, 0xc3, 0xb6, 0xe2, 0x82, 0x0a)),
    "a\\xffö\\xe2\\x82\\n",
  );
  equal(visibleBytes(Uint8Array.of(0xc0, 0x9b, 0xed, 0xa0, 0x80)), "\\xc0\\x9b\\xed\\xa0\\x80");
});
