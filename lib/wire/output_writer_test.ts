import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { ByteStream } from "./byte_stream.ts";
import { OutputBuffer } from "./output_buffer.ts";
import { OutputMemory } from "./output_memory.ts";
import { type OutputOwner, OutputWriter } from "./output_writer.ts";

/** A stream whose writes wait for the test: each takes as many bytes as it is told to, or fails. */
class SlowStream implements ByteStream {
  text = "";
  #pending: ((count: number | Error) => void) | null = null;

  read(): Promise<null> {
    return Promise.resolve(null);
  }

  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#pending = (count) => {
        if (count instanceof Error) return reject(count);
        this.text += new TextDecoder().decode(bytes.subarray(0, count));
        resolve(Math.min(count, bytes.length));
      };
    });
  }

  close(): void {}

  /** Lets the write under way end. */
  async end(count: number | Error): Promise<void> {
    this.#pending!(count);
    for (let i = 0; i < 5; i++) await null;
  }
}

function setUp() {
  const stream = new SlowStream(), output = new OutputBuffer(new OutputMemory());
  const clock = { nowMs: 0, update: () => clock.nowMs };
  const heard: string[] = [];
  const owner: OutputOwner = {
    onWritten: () => heard.push("written"),
    onAllWritten: () => heard.push("all"),
    onWriteError: (error) => heard.push((error as Error).message),
  };
  const writer = new OutputWriter(stream, output, clock, owner);
  const add = (text: string) => {
    const bytes = new TextEncoder().encode(text);
    output.append(bytes, 0, bytes.length);
    writer.flush();
  };
  return { stream, output, clock, heard, writer, add };
}

Deno.test("OutputWriter writes what is added during a write with the next one", async () => {
  const { stream, writer, add, heard } = setUp();
  add("one ");
  add("two ");
  add("three");
  await stream.end(4);
  equal(stream.text, "one ");
  await stream.end(9);
  await writer.written();
  equal(stream.text, "one two three");
  deepEqual(heard, ["written", "written", "all"]);
});

Deno.test("OutputWriter goes on with what a write left over, and says how long each takes", async () => {
  const { stream, clock, writer, add } = setUp();
  equal(writer.busyMs(100), 0);
  add("123456");
  equal(writer.busyMs(100), 100);
  clock.nowMs = 150;
  await stream.end(2);
  equal(writer.busyMs(160), 10, "the client reads, if slowly");
  await stream.end(4);
  equal(stream.text, "123456");
  equal(writer.busyMs(170), 0);
});

Deno.test("OutputWriter tells its owner of a failed write, and nothing once it was stopped", async () => {
  const failing = setUp();
  failing.add("x");
  await failing.stream.end(new Error("broken pipe"));
  deepEqual(failing.heard, ["broken pipe"]);

  const stopped = setUp();
  stopped.add("x");
  stopped.writer.stop();
  await stopped.stream.end(new Error("closed"));
  stopped.add("y");
  deepEqual(stopped.heard, []);
  equal(stopped.writer.writing, false);
});
