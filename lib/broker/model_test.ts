/**
 * The broker against a model of it: a seeded sequence of random things done to both, compared after each.
 *
 *     deno run lib/broker/testing/soak.ts [FIRST_SEED [SEEDS [STEPS]]]
 *
 * runs more of it.
 */
import { simulateMany } from "./testing/simulate.ts";

const SEEDS = 200;
const STEPS = 250;

/** Found by longer runs, mended since: a message too many counted as deferred after a kill. */
const ONCE_FAILED = [{ seed: 1_850_443, steps: 400 }];

Deno.test("Broker does what its model does where it once did not", async () => {
  for (const { seed, steps } of ONCE_FAILED) await simulateMany(seed, 1, steps);
});

Deno.test("Broker does what its model does, whatever happens", async () => {
  console.log(await simulateMany(1, SEEDS, STEPS));
});
