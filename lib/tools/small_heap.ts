import type { Logger } from "../log/logger.ts";

/** What garbage may come to before it is collected, in bytes; a collection takes some ten ms. */
const GARBAGE_BYTES = 16 * 1024 * 1024;

const LOOK_MS = 100;

/**
 * Keeps the heap small until disposed of, where much is made that V8 takes for lasting, as by `fetch`. Left to itself, V8 lets it be until
 * there is as much as the flags of the executable say, which suit a broker: over 100 MB.
 */
export function keepHeapSmall(logger: Pick<Logger, "warn">): Disposable {
  let floorBytes = Deno.memoryUsage().heapUsed;
  let isCollecting = false;
  const look = async () => {
    const { heapUsed } = Deno.memoryUsage();
    if (heapUsed < floorBytes) floorBytes = heapUsed;
    if (isCollecting || heapUsed - floorBytes < GARBAGE_BYTES) return;
    isCollecting = true;
    try {
      const { collectGarbage } = await import("../http/profiler.ts");
      await collectGarbage();
      floorBytes = Deno.memoryUsage().heapUsed;
      isCollecting = false;
    } catch (error) { // not tried again: it would not work then, either
      logger.warn(`failed to collect garbage - ${(error as Error).message}`);
    }
  };
  const timer = setInterval(() => void look(), LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
