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

/** Up to this {@link copyWords} is faster than a call that copies. */
export const FEW_WORDS_BYTES = 256;

const WORD_BYTES = 8;
const UNROLLED_BYTES = 4 * WORD_BYTES;

/**
 * Copies `from[start, end)` to `into[at]`, which is other memory. V8 makes plain moves of words of it, whatever their alignment, while `set` wants
 * an object for what it is to copy: half the time for 200 bytes (measured).
 */
export function copyWords(
  from: DataView,
  start: number,
  end: number,
  into: DataView,
  at: number,
): void {
  for (; end - start >= UNROLLED_BYTES; start += UNROLLED_BYTES, at += UNROLLED_BYTES) {
    into.setBigInt64(at, from.getBigInt64(start, true), true);
    into.setBigInt64(at + 8, from.getBigInt64(start + 8, true), true);
    into.setBigInt64(at + 16, from.getBigInt64(start + 16, true), true);
    into.setBigInt64(at + 24, from.getBigInt64(start + 24, true), true);
  }
  for (; end - start >= WORD_BYTES; start += WORD_BYTES, at += WORD_BYTES) {
    into.setBigInt64(at, from.getBigInt64(start, true), true);
  }
  for (; start < end; start++, at++) into.setUint8(at, from.getUint8(start));
}

/** Below this the detour of {@link copyShared} costs more than it saves. */
const WORTH_A_DETOUR_BYTES = 256;

const DETOUR = new Uint8Array(16 * 1024 + COPY_ALIGNMENT);

/** As {@link copyBytes}, from shared memory, to where it may stand otherwise: by way of memory where it stands alike, as that is faster. */
export function copyShared(
  from: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): void {
  const phase = phaseOf(from.byteOffset + start);
  const isAlike = phase === phaseOf(into.byteOffset + at);
  if (isAlike || end - start < WORTH_A_DETOUR_BYTES) return copyBytes(from, start, end, into, at);
  const step = DETOUR.length - COPY_ALIGNMENT;
  for (; start < end; start += step, at += step) {
    const length = Math.min(step, end - start);
    DETOUR.set(from.subarray(start, start + length), phase);
    into.set(DETOUR.subarray(phase, phase + length), at);
  }
}

/** How far it stands from a multiple of {@link COPY_ALIGNMENT}. */
export function phaseOf(at: number): number {
  return at & (COPY_ALIGNMENT - 1);
}
