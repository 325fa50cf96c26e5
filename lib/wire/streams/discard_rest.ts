import type { ByteStream } from "../byte_stream.ts";

const AT_ONCE_BYTES = 4096;

/** Says that nothing more will be written, and throws away what still comes, to the stream's end or until it is not to be read any more. */
export async function discardRest(stream: ByteStream, isWanted: () => boolean): Promise<void> {
  await stream.closeWrite?.();
  const discarded = new Uint8Array(AT_ONCE_BYTES);
  while (isWanted() && await stream.read(discarded) !== null);
}
