import { act, drain } from "./actions.ts";
import { Simulation } from "./simulation.ts";

/** How many of the last steps a failure shows. */
const SHOWN_STEPS = 25;

/**
 * Does `steps` random things to a broker and its model, then drains both.
 * @throws Error that names the seed and the last steps, if they differ
 */
export async function simulate(seed: number, steps: number): Promise<void> {
  const simulation = new Simulation(seed);
  try {
    for (let i = 0; i < steps; i++) await act(simulation);
    await drain(simulation);
    simulation.checkDrained();
  } catch (error) {
    const last = simulation.steps.slice(-SHOWN_STEPS).join("\n  ");
    throw new Error(
      `seed ${seed}, mem-queue-size ${simulation.memQueueSize}, after ${simulation.steps.length} ` +
        `steps: ${(error as Error).message}\n  ${last}`,
      { cause: error },
    );
  }
}
