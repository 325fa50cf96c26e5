const ZERO = 0x30;

/** What {@link parseDecimal} gives for something that is no number. */
export const NOT_A_NUMBER = -1;

/**
 * The decimal number in `bytes[start, end)`, or {@link NOT_A_NUMBER} if there is anything but digits. As in nsqd, no digits at all are 0.
 * Beyond 2^53 the result is rounded, which is more than any limit.
 */
export function parseDecimal(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = bytes[i]! - ZERO;
    if (digit < 0 || digit > 9) return NOT_A_NUMBER;
    value = value * 10 + digit;
  }
  return value;
}
