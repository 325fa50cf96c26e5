import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { TestLookupd } from "../testing/test_lookupd.ts";
import { type ClosableStream, Connection } from "./connection.ts";

/** A peer that never says anything, until the connection is closed. */
function silentStream(): ClosableStream & { written: number[] } {
  const ended = Promise.withResolvers<number | null>();
  const written: number[] = [];
  return {
    written,
    read: () => ended.promise,
    write(bytes) {
      written.push(...bytes);
      return Promise.resolve(bytes.length);
    },
    closeWrite: () => Promise.resolve(),
    close: () => ended.reject(new Deno.errors.BadResource("closed")),
  };
}

Deno.test("Connection closes on a peer that does not say which protocol it speaks", async () => {
  const lookupd = new TestLookupd();
  const stream = silentStream();
  const times = { magicTimeoutMs: 1, lingerMs: 1 };
  await new Connection(stream, "1.2.3.4:5", lookupd.context, times).run();
  deepEqual(stream.written, []);
  match(lookupd.logged.join("\n"), /ERROR: failed to read protocol version - i\/o timeout$/);
});
