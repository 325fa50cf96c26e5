import { ok, strictEqual as equal } from "node:assert/strict";
import { TestLookupd } from "../testing/test_lookupd.ts";

const PRODUCERS = 2000;
const TOPICS = 1000;
const TOPICS_EACH = 25;
/** Nothing else is served while a query is answered. Generous, as the machine may be busy. */
const QUERY_LIMIT_MS = 250;

Deno.test("queries stay fast with 2,000 producers and 100,000 registrations", async () => {
  const lookupd = new TestLookupd({ logLevel: 4 });
  for (let number = 0; number < PRODUCERS; number++) {
    const topics = Array.from({ length: TOPICS_EACH }, (_, at) => (number + at * 40) % TOPICS);
    const commands = topics.map((topic) => `REGISTER topic-${topic} channel-${topic % 7}`);
    await lookupd.session(`host-${number}`, ...commands);
  }
  equal(lookupd.registry.registrationCount, 2 * PRODUCERS * TOPICS_EACH);
  equal(
    (await lookupd.producers("/lookup?topic=topic-7")).length,
    PRODUCERS * TOPICS_EACH / TOPICS,
  );

  for (const path of ["/topics", "/channels?topic=topic-7", "/lookup?topic=topic-7", "/nodes"]) {
    await (await lookupd.fetch("GET", path)).bytes();
    const startMs = performance.now();
    await (await lookupd.fetch("GET", path)).bytes();
    const tookMs = performance.now() - startMs;
    ok(tookMs < QUERY_LIMIT_MS, `${path} took ${tookMs} ms`);
  }
  const debug = await (await lookupd.fetch("GET", "/debug")).json();
  equal(Object.keys(debug).length, 1 + TOPICS + TOPICS);
});
