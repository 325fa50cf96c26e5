/**
 * Writes lines at once. `onReaderGone` is called when nobody reads any more, as with `| head`, which
 * is no failure.
 */
export function linesTo(
  output: { writeSync(bytes: Uint8Array): number },
  onReaderGone: () => void,
): (line: string) => void {
  const encoder = new TextEncoder();
  const write = bytesTo(output, onReaderGone);
  return (line) => write(encoder.encode(line + "\n"));
}

/** As {@link linesTo}, for bytes as they are. */
export function bytesTo(
  output: { writeSync(bytes: Uint8Array): number },
  onReaderGone: () => void,
): (bytes: Uint8Array) => void {
  return (bytes) => {
    try {
      for (let written = 0; written < bytes.length;) {
        written += output.writeSync(bytes.subarray(written));
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
      onReaderGone();
    }
  };
}
