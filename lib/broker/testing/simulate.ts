import { act } from "./actions.ts";
import type { Tally } from "./commit_marks.ts";
import { drain } from "./drain.ts";
import { Simulation } from "./simulation.ts";

/**
 * Does so for many seeds.
 * @param onFailure told of a seed that fails, after which the next one follows
 * @returns what was counted, in words
 * @throws what {@link simulate} throws, without `onFailure`
 */
export async function simulateMany(
  first: number,
  seeds: number,
  steps: number,
  onFailure?: (error: Error) => void,
): Promise<string> {
  let cuts = 0, kills = 0, found = 0, failed = 0;
  for (let seed = first; seed < first + seeds; seed++) {
    try {
      const tally = await simulate(seed, steps);
      cuts += tally.cuts;
      kills += tally.kills;
      found += tally.found;
    } catch (error) {
      if (onFailure === undefined) throw error;
      failed++;
      onFailure(error as Error);
    }
  }
  const outcome = failed === 0 ? "no difference" : `${failed} seeds FAILED; in the others`;
  return `${seeds} seeds from ${first} on, ${steps} steps each: ${outcome}; ${cuts} power cuts and ` +
    `${kills} kills, ${found} times an acknowledged message was found after one or a stop, 0 lost`;
}

/** How many of the last steps a failure shows. */
const SHOWN_STEPS = 25;

/**
 * Does `steps` random things to a broker and its model, then drains both.
 * @returns what happened to the durable topics
 * @throws Error that names the seed and the last steps, if they differ
 */
export async function simulate(seed: number, steps: number): Promise<Tally> {
  const simulation = new Simulation(seed);
  try {
    for (let i = 0; i < steps; i++) await act(simulation);
    await drain(simulation);
    simulation.checkDrained();
    return simulation.tally;
  } catch (error) {
    const last = simulation.steps.slice(-SHOWN_STEPS).join("\n  ");
    throw new Error(
      `seed ${seed}, mem-queue-size ${simulation.memQueueSize}, after ${simulation.steps.length} ` +
        `steps: ${(error as Error).message}\n  ${last}`,
      { cause: error },
    );
  }
}
