/** Bodies to publish: the ones that a client or a broker might get wrong. */
const encoder = new TextEncoder();
const LARGE_BYTES = 60_000;

const large = new Uint8Array(LARGE_BYTES).map((_, index) => index % 251);

/** `count` short texts. */
export function texts(prefix: string, count: number): Uint8Array[] {
  return Array.from({ length: count }, (_, index) => encoder.encode(`${prefix} ${index}`));
}

/** Every byte value, text beyond ASCII, line ends, what looks like a command, one byte, many bytes. */
export const awkwardBodies: readonly Uint8Array[] = [
  Uint8Array.from({ length: 256 }, (_, index) => index),
  encoder.encode("Grüße, 世界 🎉"),
  encoder.encode("\r\n\n"),
  encoder.encode("FIN 0123456789abcdef\n"),
  Uint8Array.of(0),
  large,
];

/** Bodies in a form that compares and prints. */
export function base64(bodies: readonly Uint8Array[]): string[] {
  return bodies.map((body) => body.toBase64());
}
