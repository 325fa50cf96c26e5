import type { ByteStream } from "../byte_stream.ts";

/** Writes all of `bytes`. */
export async function writeAll(stream: ByteStream, bytes: Uint8Array): Promise<void> {
  let written = await stream.write(bytes);
  while (written < bytes.length) written += await stream.write(bytes.subarray(written));
}
