import { ok } from "node:assert/strict";
import { emptyTally, Simulation, type Tally } from "./testing/simulation.ts";

const SEEDS = 40;
const LIVES = 12;

Deno.test("Journal keeps what it acknowledged, whatever happens to disk, power and process", async () => {
  const total = emptyTally();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const simulation = new Simulation(seed);
    await simulation.run(LIVES);
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += simulation.tally[key];
  }
  console.log(JSON.stringify(total));
  ok(
    total.cuts > SEEDS && total.kills > SEEDS && total.brokenStarts > SEEDS &&
      total.failedCommits > SEEDS && total.deleted > SEEDS / 4 &&
      total.spares > SEEDS && total.recycled > SEEDS / 4,
  );
});
