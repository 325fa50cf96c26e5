import { strictEqual as equal } from "node:assert/strict";
import { compareVersions } from "./version.ts";

Deno.test("compareVersions orders as semver.org does", () => {
  const ascending = [
    "nonsense",
    "0.3.8",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0",
    "1.2.1",
    "1.10.0",
  ];
  for (const [at, older] of ascending.entries()) {
    equal(compareVersions(older, older), 0);
    for (const newer of ascending.slice(at + 1)) {
      equal(compareVersions(older, newer) < 0, true, `${older} < ${newer}`);
      equal(compareVersions(newer, older) > 0, true, `${newer} > ${older}`);
    }
  }
  equal(compareVersions("1.0.0+build", "1.0.0"), 0);
});
