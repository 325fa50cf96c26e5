import type { ByteStream } from "../byte_stream.ts";
import { writeAll } from "./write_all.ts";

/** Bytes that one read may bring: little while a stream is quiet, more while reads bring much. */
const QUIET_READ_BYTES = 4 * 1024;
const BUSY_READ_BYTES = 64 * 1024;

/**
 * Writes to `to` what it reads from `from`, up to its end, and says that nothing more will be written.
 * @param onBytes is shown what was read, before it is written; the bytes are valid during the call only
 * @throws what either stream throws
 */
export async function pump(
  from: ByteStream,
  to: ByteStream,
  onBytes?: (bytes: Uint8Array) => void,
): Promise<void> {
  let buffer = new Uint8Array(QUIET_READ_BYTES);
  for (;;) {
    const count = await from.read(buffer);
    if (count === null) break;
    const bytes = buffer.subarray(0, count);
    onBytes?.(bytes);
    await writeAll(to, bytes);
    const readBytes = count >= QUIET_READ_BYTES ? BUSY_READ_BYTES : QUIET_READ_BYTES;
    if (buffer.length !== readBytes) buffer = new Uint8Array(readBytes);
  }
  await to.closeWrite?.();
}
