import assert from "node:assert/strict";
import { WorkloadFailure } from "./failure.ts";
import { buildGenerator, type Generator, goVersion, loadArgs } from "./generator.ts";
import { Resources } from "./resources.ts";

const BODY_BYTES = 16;
const FRAME_RESPONSE = 0, FRAME_ERROR = 1, FRAME_MESSAGE = 2;
const hasGo = await goVersion().then(() => true, () => false);

function frame(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(8 + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 4 + payload.length);
  view.setUint32(4, kind);
  bytes.set(payload, 8);
  return bytes;
}

const text = (words: string) => new TextEncoder().encode(words);
const OK = frame(FRAME_RESPONSE, text("OK"));

function message(number: number): Uint8Array {
  const payload = new Uint8Array(26 + BODY_BYTES);
  payload.set(text(String(number).padStart(16, "0")), 10);
  new DataView(payload.buffer).setBigUint64(26, BigInt(number));
  return frame(FRAME_MESSAGE, payload);
}

type Use = (generator: Generator, address: string) => Promise<void>;

/** Answers SUB with OK and RDY with `frames`, runs the generator on it, and ends with it. */
async function consumeFrom(frames: Uint8Array[], use: Use) {
  const resources = new Resources();
  const generator = await buildGenerator(resources);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serve = async () => {
    using conn = await listener.accept();
    const decoder = new TextDecoderStream();
    void conn.readable.pipeTo(decoder.writable).catch(() => {}); // ends with the connection
    const writer = conn.writable.getWriter();
    let seen = "";
    let answered = false;
    for await (const chunk of decoder.readable) {
      seen += chunk;
      if (!answered && seen.includes("SUB ")) await writer.write(OK);
      answered ||= seen.includes("SUB ");
      if (seen.includes("RDY ")) {
        for (const bytes of frames.splice(0)) await writer.write(bytes);
      }
    }
  };
  const served = serve();
  const port = (listener.addr as Deno.NetAddr).port;
  try {
    await use(generator, `127.0.0.1:${port}`);
    await served;
  } finally {
    await resources.releaseAll();
  }
}

const plan = { prefix: "t", consumers: 1, expect: 2, numbers: 3, size: BODY_BYTES };

Deno.test({
  name: "generator counts what it received",
  ignore: !hasGo,
  fn: () =>
    consumeFrom([message(2), message(0)], async (generator, address) => {
      const result = await generator.load(address, plan);
      assert.deepEqual([result.received, result.duplicates, result.strangers], [2, 0, 0]);
      assert.deepEqual(result.errors, []);
    }),
});

Deno.test({
  name: "generator notices duplicates, and numbers that nobody sent",
  ignore: !hasGo,
  fn: () =>
    consumeFrom([message(1), message(1), message(3)], async (generator, address) => {
      const result = await generator.load(address, { ...plan, expect: 3 });
      assert.deepEqual([result.received, result.duplicates, result.strangers], [3, 1, 1]);
    }),
});

Deno.test({
  name: "generator reports an error frame",
  ignore: !hasGo,
  fn: () =>
    consumeFrom([frame(FRAME_ERROR, text("E_INVALID no"))], async (generator, address) => {
      const result = await generator.load(address, plan);
      assert.match(result.errors.join(), /broker answered E_INVALID no/);
    }),
});

Deno.test({
  name: "generator that cannot connect is a failure of the workload",
  ignore: !hasGo,
  fn: async () => {
    const resources = new Resources();
    const generator = await buildGenerator(resources);
    const unused = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const port = (unused.addr as Deno.NetAddr).port;
    unused.close();
    await assert.rejects(generator.load(`127.0.0.1:${port}`, plan), WorkloadFailure);
    await resources.releaseAll();
  },
});

Deno.test("loadArgs names flags as the generator does", () => {
  assert.deepEqual(loadArgs("h:1", { prefix: "p", perTopic: 5, timeoutMs: 10, batch: 2 }), [
    "load",
    "-addr=h:1",
    "-per-topic=5",
    "-timeout=10ms",
    "-prefix=p",
    "-batch=2",
  ]);
});
