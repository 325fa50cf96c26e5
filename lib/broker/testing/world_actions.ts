/**
 * What happens to the broker from below in a simulation: time passes, the disk is full or slow, the process ends and another one starts.
 * @module
 */
import type { Simulation } from "./simulation.ts";

/** Some time passes. */
export function passTime(simulation: Simulation): Promise<void> {
  const ms = simulation.pick([1, 10, 500, 1000, 2500, 6000]);
  simulation.steps.push(`${ms} ms`);
  return simulation.advance(ms).then(() => simulation.step("and then", () => {}));
}

/** The disk is full, or not any more. */
export function toggleDisk(simulation: Simulation): Promise<void> {
  const full = !simulation.diskFull;
  return simulation.step(full ? "disk full" : "disk has space", () => {
    simulation.diskFull = full;
  });
}

/** The process is killed or the power is cut, if topics are durable. */
export async function crash(simulation: Simulation): Promise<void> {
  if (!simulation.hasDurable) return;
  const cut = simulation.below(2) === 0;
  simulation.steps.push(cut ? "power cut" : "kill");
  await simulation.crash(cut);
  await simulation.step("and then", () => {});
}

/** From now on no fsync ends, or those that are under way do. */
export function holdSyncs(simulation: Simulation): Promise<void> {
  if (!simulation.hasDurable) return Promise.resolve();
  const hold = !simulation.syncsHeld;
  return simulation.step(hold ? "fsyncs take long" : "fsyncs end", () => {
    simulation.syncsHeld = hold;
  });
}

/** From now on topics are durable. */
export async function becomeDurable(simulation: Simulation): Promise<void> {
  const { becomesDurable, hasDurable, diskFull } = simulation;
  if (!becomesDurable || hasDurable || diskFull) return;
  await simulation.step("topics become durable", () => simulation.becomeDurable());
  simulation.allDurable();
}

/** The broker stops, with a disk that takes everything, and another one starts. */
export async function reopen(simulation: Simulation): Promise<void> {
  if (simulation.diskFull) await toggleDisk(simulation);
  if (simulation.syncsHeld) await holdSyncs(simulation);
  simulation.steps.push("reopen");
  await simulation.reopen();
  await simulation.step("and then", () => {});
}
