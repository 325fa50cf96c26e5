/**
 * Memory figures under the names that `/stats` has in Go.
 *
 * V8 counts other things than Go's runtime. `heap_in_use_bytes` is V8's used heap and the buffers
 * outside of it, which hold the queued messages; `heap_idle_bytes` is what V8's heap has reserved
 * and does not use. What V8 does not tell is 0: objects, released memory, pauses and runs of the
 * garbage collector, and when it will run next.
 */
export interface MemoryStats {
  heap_objects: number;
  heap_idle_bytes: number;
  heap_in_use_bytes: number;
  heap_released_bytes: number;
  gc_pause_usec_100: number;
  gc_pause_usec_99: number;
  gc_pause_usec_95: number;
  next_gc_bytes: number;
  gc_total_runs: number;
}

/** Reads the figures that `/stats` shows. */
export function memoryStats(): MemoryStats {
  const { heapTotal, heapUsed, external } = Deno.memoryUsage();
  return {
    heap_objects: 0,
    heap_idle_bytes: Math.max(0, heapTotal - heapUsed),
    heap_in_use_bytes: heapUsed + external,
    heap_released_bytes: 0,
    gc_pause_usec_100: 0,
    gc_pause_usec_99: 0,
    gc_pause_usec_95: 0,
    next_gc_bytes: 0,
    gc_total_runs: 0,
  };
}
