/**
 * To and from shared memory V8 copies words where both sides stand as far from a multiple of this, and else single bytes, seven times as slow
 * (measured).
 */
export const COPY_ALIGNMENT = 8;

/** A loop is faster than a call for as little as a command line has. */
const SMALL_BYTES = 48;

/** Copies `from[start, end)` to `into[at]`. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): void {
  if (end - start > SMALL_BYTES) {
    const all = start === 0 && end === from.length;
    into.set(all ? from : from.subarray(start, end), at);
  } else {
    for (; start < end; start++, at++) into[at] = from[start]!;
  }
}
