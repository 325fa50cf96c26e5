import { ok } from "node:assert/strict";
import { keepHeapSmall } from "./small_heap.ts";

const MANY = 600_000;
const DEADLINE_MS = 30_000;

Deno.test({
  name: "keepHeapSmall collects what V8 would let be",
  sanitizeOps: false, // a collection may be under way at the end
  sanitizeResources: false,
  async fn() {
    const warn = (text: string) => {
      throw new Error(text);
    };
    using _heap = keepHeapSmall({ warn });
    const startBytes = Deno.memoryUsage().heapUsed;
    let kept: unknown[] | null = Array.from({ length: MANY }, (_, at) => ({ at, next: [at] }));
    ok(kept.length === MANY && Deno.memoryUsage().heapUsed - startBytes > 30e6);
    kept = null;
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (Deno.memoryUsage().heapUsed - startBytes > 20e6) {
      ok(performance.now() < deadlineMs, "it is all there still");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  },
});
