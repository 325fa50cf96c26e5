import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { OutputFile, type OutputFileSettings } from "./output_file.ts";

const PLAIN = { gzipLevel: 0, exclusive: false };
const GZIP = { gzipLevel: 6, exclusive: true };
const encoder = new TextEncoder();

/** Runs `body` with a path in a directory that goes with it. */
async function withPath(body: (path: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "output-file-test-" });
  try {
    await body(`${directory}/file`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function write(path: string, settings: OutputFileSettings, ...bodies: string[]) {
  const file = new OutputFile(path, settings);
  for (const body of bodies) file.append(encoder.encode(body));
  await file.close();
}

function unzipped(path: string): string {
  return new TextDecoder().decode(gunzipSync(Deno.readFileSync(path)));
}

Deno.test("OutputFile continues a plain file", () =>
  withPath(async (path) => {
    await write(path, PLAIN, "a", "b");
    await write(path, PLAIN, "c");
    equal(Deno.readTextFileSync(path), "a\nb\nc\n");
  }));

Deno.test("OutputFile begins a new line after half a message", () =>
  withPath(async (path) => {
    Deno.writeTextFileSync(path, "whole\nhal");
    await write(path, PLAIN, "half");
    equal(Deno.readTextFileSync(path), "whole\nhal\nhalf\n");
  }));

Deno.test("OutputFile never opens a gzip file that exists", () =>
  withPath(async (path) => {
    await write(path, GZIP, "a");
    throws(() => new OutputFile(path, GZIP), Deno.errors.AlreadyExists);
    equal(unzipped(path), "a\n");
  }));

Deno.test("OutputFile makes an empty gzip file a valid one", () =>
  withPath(async (path) => {
    await write(path, GZIP);
    equal(unzipped(path), "");
  }));

Deno.test("OutputFile has on disk what was synced, readable, while it is open", () =>
  withPath(async (path) => {
    const file = new OutputFile(path, GZIP);
    file.append(encoder.encode("a"));
    await file.sync();
    file.append(encoder.encode("b"));
    equal(unzipped(path), "a\n");
    await file.close();
    equal(unzipped(path), "a\nb\n");
  }));

Deno.test("OutputFile cuts off what was not synced when it is abandoned", () =>
  withPath(async (path) => {
    const file = new OutputFile(path, GZIP);
    file.append(encoder.encode("safe"));
    await file.sync();
    file.append(encoder.encode("lost"));
    file.flush();
    file.abandon();
    equal(unzipped(path), "safe\n");
  }));

Deno.test("OutputFile keeps messages of every size whole and counts them uncompressed", () =>
  withPath(async (path) => {
    const batch = 256 * 1024;
    const sizes = [0, 1, batch - 1, batch, batch + 1, 3 * batch + 5, 7];
    const bodies = sizes.map((size, index) => String(index).repeat(size));
    for (const settings of [PLAIN, GZIP]) {
      const file = new OutputFile(path, settings);
      for (const body of bodies) file.append(encoder.encode(body));
      const total = sizes.reduce((sum, size) => sum + size + 1, 0);
      equal(file.sizeBytes, total);
      await file.close();
      const content = settings === GZIP ? unzipped(path) : Deno.readTextFileSync(path);
      deepEqual(content.split("\n"), [...bodies, ""]);
      Deno.removeSync(path);
    }
  }));
