/** Limits of time and memory. Only these may be missed because the machine is busy. */
import { withDeadline } from "../../tests/harness/mod.ts";

/** A limit of time or memory was missed: nothing else is wrong. */
export class LimitMissed extends Error {}

/** @throws {LimitMissed} when it does not hold */
export function withinLimit(holds: boolean, message: string): void {
  if (!holds) throw new LimitMissed(message);
}

/** The value of `promise`. @throws {LimitMissed} when it does not come in time */
export async function inTime<T>(promise: Promise<T>, limitMs: number, what: string): Promise<T> {
  let settled = false;
  const watched = promise.finally(() => settled = true);
  try {
    return await withDeadline(watched, limitMs, what);
  } catch (error) {
    if (settled) throw error;
    watched.catch(() => {}); // nobody waits for it any more
    throw new LimitMissed((error as Error).message);
  }
}

/** Whether a missed limit is all that is wrong, also where it is told as the cause of something, or cleaning up went wrong as well. */
export function isMissedLimit(error: unknown): boolean {
  if (error instanceof SuppressedError) {
    return isMissedLimit(error.suppressed) && isMissedLimit(error.error);
  }
  if (error instanceof LimitMissed) return true;
  return error instanceof Error && error.cause !== undefined && isMissedLimit(error.cause);
}
