/**
 * Runs the model test for longer: `deno run lib/broker/testing/soak.ts [FIRST_SEED [SEEDS [STEPS]]]`.
 * @module
 */
import { simulate } from "./simulate.ts";

const [firstSeed = 1, seeds = 1000, steps = 400] = Deno.args.map(Number);
for (let seed = firstSeed; seed < firstSeed + seeds; seed++) await simulate(seed, steps);
console.log(`${seeds} seeds from ${firstSeed} on, ${steps} steps each: no difference`);
