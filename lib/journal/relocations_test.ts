import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { seededRandom } from "../storage/testing/seeded_random.ts";
import { Relocations } from "./relocations.ts";

Deno.test("Relocations agrees with an array, whatever was moved again", () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = seededRandom(seed), relocations = new Relocations();
    const model = new Array<number>(200).fill(-1);
    for (let segment = 1; segment < 30; segment++) {
      const first = Math.floor(random() * 180), end = first + 1 + Math.floor(random() * 20);
      relocations.with(first, end, segment);
      model.fill(segment, first, end);
    }
    relocations.filter((_first, _end, segment) => segment % 5 !== 0);
    const left = model.map((segment) => segment % 5 === 0 ? -1 : segment);
    deepStrictEqual(left.map((_, index) => relocations.segmentOf(index)), left, `seed ${seed}`);
    const next = left.findIndex((segment, index) => index >= 90 && segment >= 0);
    strictEqual(relocations.nextFrom(90, 200), next < 0 ? 200 : next);
  }
});
