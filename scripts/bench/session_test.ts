import assert from "node:assert/strict";
import type { LoadResult } from "./generator.ts";
import { check } from "./session.ts";

const result: LoadResult = {
  published: 0,
  received: 0,
  duplicates: 0,
  strangers: 0,
  publishSeconds: 1,
  consumeSeconds: 1,
  consumeTimed: 0,
  cpuSeconds: 1,
  errors: [],
};

Deno.test("check accepts exact counts over topics and channels", () => {
  const plan = { prefix: "t", topics: 2, channels: 3, producers: 1, consumers: 1, perTopic: 10 };
  check(plan, { ...result, published: 20, received: 60 });
  assert.throws(
    () => check(plan, { ...result, published: 19, received: 60 }),
    /published 19 of 20/,
  );
  assert.throws(() => check(plan, { ...result, published: 20, received: 61 }), /received 61 of 60/);
  assert.throws(
    () => check(plan, { ...result, published: 20, received: 60, duplicates: 1 }),
    /1 duplicates/,
  );
});

Deno.test("check lets a consumer of a part take more, never less", () => {
  const plan = { prefix: "t", consumers: 1, expect: 10, numbers: 100 };
  check(plan, { ...result, received: 12 });
  assert.throws(() => check(plan, { ...result, received: 9 }), /received 9 of 10/);
});

Deno.test("check passes on what the generator complains of", () => {
  const failed = { ...result, errors: ["broker answered E_INVALID"] };
  assert.throws(() => check({ prefix: "t" }, failed), /E_INVALID/);
});
