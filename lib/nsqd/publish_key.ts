import { ValueError } from "../value_error.ts";

/** A longer key is refused: each is kept in memory. */
const MAX_KEY_BYTES = 256;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The key of a message to be published. @throws ValueError that says what is wrong */
export function readKey(bytes: Uint8Array): string {
  if (bytes.length === 0 || bytes.length > MAX_KEY_BYTES) {
    throw new ValueError(`has ${bytes.length} bytes, not 1 to ${MAX_KEY_BYTES}`);
  }
  try {
    return utf8.decode(bytes);
  } catch (error) {
    throw new ValueError("is not UTF-8", { cause: error });
  }
}
