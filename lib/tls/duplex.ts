import { Duplex } from "node:stream";
import { runtime } from "../net/runtime/this_runtime.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { writeAll } from "../wire/streams/write_all.ts";

/** Bytes that one read may bring: little while a connection is quiet, more while reads bring much. */
const QUIET_READ_BYTES = 4 * 1024;
const BUSY_READ_BYTES = 64 * 1024;

/**
 * A stream in the form that node's modules take. It owns `stream` and closes it when it is destroyed.
 * @param received what was read from `stream` already
 * @param onWritten called whenever something has been written
 */
export function duplexOver(
  stream: ByteStream,
  received: Uint8Array,
  onWritten: (duplex: Duplex) => void,
): Duplex {
  let readBytes = QUIET_READ_BYTES;

  async function read(duplex: Duplex): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    const count = await stream.read(buffer);
    if (duplex.destroyed) return;
    if (count === null) duplex.push(null);
    else {
      readBytes = count >= QUIET_READ_BYTES ? BUSY_READ_BYTES : QUIET_READ_BYTES;
      duplex.push(buffer.subarray(0, count));
    }
  }

  const duplex = new Duplex({
    read(this: Duplex): void {
      read(this).catch((error) => this.destroy(error));
    },
    write(this: Duplex, chunk: Uint8Array, _encoding, done): void {
      writeAll(stream, chunk).then(() => {
        done();
        onWritten(this);
      }, done);
    },
    final(done): void {
      Promise.resolve(stream.closeWrite?.()).then(() => done(), done);
    },
    destroy(error, done): void {
      try {
        stream.close();
      } catch (closing) {
        // Whoever owned it before may have closed it, and the runtime does when the peer resets it.
        if (!runtime.isClosed(closing)) error ??= closing as Error;
      }
      done(error);
    },
  });
  if (received.length > 0) duplex.push(received);
  return duplex;
}
