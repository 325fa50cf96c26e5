import type { ByteStream } from "../wire/byte_stream.ts";

/** Two ends of a connection within the process. */
export function memoryPair(): [ByteStream, ByteStream] {
  const there = new Pipe();
  const back = new Pipe();
  return [endOf(there, back), endOf(back, there)];
}

function endOf(input: Pipe, output: Pipe): ByteStream {
  return {
    read: (into) => input.read(into),
    write: (bytes) => output.write(bytes),
    closeWrite: () => Promise.resolve(output.end()),
    close() {
      input.end();
      output.end();
    },
  };
}

/** One direction. What is written waits until it is read; there is no limit. */
class Pipe {
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #wake: () => void = () => {};

  async read(into: Uint8Array): Promise<number | null> {
    while (this.#chunks.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const chunk = this.#chunks[0]!;
    const count = Math.min(chunk.length, into.length);
    into.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#chunks.shift();
    else this.#chunks[0] = chunk.subarray(count);
    return count;
  }

  write(bytes: Uint8Array): Promise<number> {
    if (this.#ended) return Promise.reject(new Deno.errors.BrokenPipe("the other end is closed"));
    this.#chunks.push(bytes.slice());
    this.#wake();
    return Promise.resolve(bytes.length);
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }
}
