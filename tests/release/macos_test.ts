/** The executable for macOS, which is not run here: what macOS looks at before it runs one. */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { deepStrictEqual as deepEqual, ok, strictEqual as equal, throws } from "node:assert/strict";
import { makeExecutable } from "../../scripts/compile.ts";
import { ensureDenort } from "../../scripts/denort.ts";
import { MachO, withoutProgram } from "../../scripts/mach_o.ts";
import { projectFolder, TemporaryDirectory } from "../harness/mod.ts";

const TARGET = "aarch64-apple-darwin";

/** Of Apple's cs_blobs.h, all big-endian. */
const EMBEDDED_SIGNATURE = 0xfade0cc0;
const CODE_DIRECTORY = 0xfade0c02;
/** Signed without an identity, by a linker. */
const AD_HOC = 0x20002;
const SHA256 = 2;

/** Expects a signature that covers each page of the file up to itself. */
function expectSigned(file: MachO): void {
  const { fileOffset, bytes: length } = file.signature;
  equal(fileOffset + length, file.bytes.length, "it is the end of the file");
  const link = file.segment("__LINKEDIT");
  equal(link.fileOffset + link.fileBytes, file.bytes.length);
  const word = (at: number) => file.view.getUint32(fileOffset + at);
  deepEqual([word(0), word(4), word(8), word(12)], [EMBEDDED_SIGNATURE, length, 1, 0]);
  const directory = word(16);
  const field = (at: number) => word(directory + at);
  equal(field(0), CODE_DIRECTORY);
  equal(field(12), AD_HOC);
  const [hashes, pages, limit] = [field(16), field(28), field(32)];
  equal(limit, fileOffset, "all in front of it is covered");
  const [hashBytes = 0, hashKind, , pageLog2 = 0] = file.bytes.subarray(
    fileOffset + directory + 36,
  );
  equal(hashKind, SHA256);
  const pageBytes = 1 << pageLog2;
  equal(pages, Math.ceil(limit / pageBytes));
  for (let page = 0; page < pages; page++) {
    const at = fileOffset + directory + hashes + page * hashBytes;
    const content = file.bytes.subarray(page * pageBytes, Math.min((page + 1) * pageBytes, limit));
    const digest = createHash("sha256").update(content).digest();
    if (!digest.equals(file.bytes.subarray(at, at + hashBytes))) {
      throw new Error(`page ${page} is not what was signed`);
    }
  }
}

Deno.test("the executable for macOS holds the program, in order and signed", async () => {
  using folder = new TemporaryDirectory();
  const path = join(folder.path, "nsq");
  await makeExecutable(TARGET, path);
  const file = new MachO(await Deno.readFile(path));
  expectSigned(file);
  const { fileOffset, fileBytes } = file.segment("__SUI");
  const program = file.bytes.subarray(fileOffset, fileOffset + fileBytes);
  const bundle = await Deno.readTextFile(join(projectFolder, "dist", "nsq.js"));
  ok(Buffer.from(program).includes(bundle.slice(0, 4096)), "the bundle is in it");
  const base = await Deno.readFile(await ensureDenort(TARGET));
  ok(Buffer.from(withoutProgram(file.bytes)).equals(base), "the base comes out as it went in");

  file.bytes[fileOffset]! ^= 1;
  throws(() => expectSigned(file), /is not what was signed/);
});

Deno.test("MachO refuses what is none, or not all of one", async () => {
  throws(() => new MachO(new Uint8Array(10)), /not a 64-bit Mach-O/);
  throws(() => new MachO(new TextEncoder().encode("#!/bin/sh\n".repeat(20))), /not a 64-bit/);
  const base = await Deno.readFile(await ensureDenort(TARGET));
  throws(() => new MachO(base.subarray(0, 100_000)), /truncated/);
  throws(() => withoutProgram(base), /no segment __SUI/);
});
