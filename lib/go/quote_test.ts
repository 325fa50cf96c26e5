import assert from "node:assert/strict";
import { goQuote } from "./quote.ts";

/** What Go's strconv.Quote makes of these bytes; both in hexadecimal. */
const QUOTED: readonly (readonly [string, string])[] = [
  ["", "2222"],
  ["616263", "2261626322"],
  ["612062", "2261206222"],
  ["74616209", "227461625c7422"],
  ["6e6c0a", "226e6c5c6e22"],
  ["63720d", "2263725c7222"],
  ["07080c0b", "225c615c625c665c7622"],
  ["7122", "22715c2222"],
  ["625c", "22625c5c22"],
  ["27", "222722"],
  ["00", "225c78303022"],
  ["1f", "225c78316622"],
  ["7f", "225c78376622"],
  ["80", "225c78383022"],
  ["ff", "225c78666622"],
  ["c3a9", "22c3a922"],
  ["e697a5e69cac", "22e697a5e69cac22"],
  ["f09f9880", "22f09f988022"],
  ["c3", "225c78633322"],
  ["e697", "225c7865365c78393722"],
  ["f09f98", "225c7866305c7839665c78393822"],
  ["eda080", "225c7865645c7861305c78383022"],
  ["c080", "225c7863305c78383022"],
  ["f4908080", "225c7866345c7839305c7838305c78383022"],
  ["c2a0", "225c753030613022"],
  ["c2ad", "225c753030616422"],
  ["e2808b", "225c753230306222"],
  ["e280a8", "225c753230323822"],
  ["efbfbd", "22efbfbd22"],
  ["efbbbf", "225c756665666622"],
  ["efbfbf", "225c756666666622"],
  ["ee8080", "225c756530303022"],
  ["f3a08081", "225c55303030653030303122"],
  ["f888808080", "225c7866385c7838385c7838305c7838305c78383022"],
  ["61cc81", "2261cc8122"],
  ["e38080", "225c753330303022"],
  ["c32878", "225c786333287822"],
];

Deno.test("goQuote gives what strconv.Quote gives", () => {
  for (const [bytes, expected] of QUOTED) {
    const quoted = goQuote(Uint8Array.fromHex(bytes));
    const asBytes = Uint8Array.from(quoted, (character) => character.charCodeAt(0));
    assert.equal(asBytes.toHex(), expected, `of ${bytes}`);
  }
});

Deno.test("goQuote gives one character per byte", () => {
  assert.equal(goQuote(new TextEncoder().encode("é")), '"\xc3\xa9"');
});
