/**
 * Runs the model test for longer: `deno run lib/broker/testing/soak.ts [FIRST_SEED [SEEDS [STEPS]]]`. Goes on behind a seed that fails, and ends
 * with 1 then.
 * @module
 */
import { simulateMany } from "./simulate.ts";

const [firstSeed = 1, seeds = 1000, steps = 400] = Deno.args.map(Number);
let failed = 0;
const summary = await simulateMany(firstSeed, seeds, steps, (error) => {
  failed++;
  console.error(error.message);
});
console.log(summary);
Deno.exitCode = failed > 0 ? 1 : 0;
