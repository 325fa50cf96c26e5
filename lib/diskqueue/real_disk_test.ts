import assert from "node:assert/strict";
import { join } from "node:path";
import { DiskQueue } from "./disk_queue.ts";
import { indexFiles } from "./file_index.ts";
import { DenoFileSystem } from "../storage/deno_file_system.ts";
import { drain, frame, openQueue, put, readBlock } from "./testing/harness.ts";

async function inTempDir(run: (directory: string) => void | Promise<void>): Promise<void> {
  const directory = Deno.makeTempDirSync();
  try {
    await run(directory);
  } finally {
    Deno.removeSync(directory, { recursive: true });
  }
}

/** `t:c` in `directory`, with the limits that a broker has. */
function openIn(directory: string, options: { syncEvery?: number } = {}): DiskQueue {
  return openQueue({
    files: new DenoFileSystem(),
    name: "t:c",
    dataPath: directory,
    maxBytesPerFile: 24,
    minRecordBytes: 1,
    usualRecordBytes: 1024,
    ...options,
  });
}

// Written down from the description of the format, not by the code under test.
const FILE_0 = [0, 0, 0, 5, 0x68, 0x65, 0x6c, 0x6c, 0x6f, 0, 0, 0, 1, 0xff];
const FILE_1 = [0, 0, 0, 20, ...new Array(20).fill(0x78)];

Deno.test("DiskQueue reads files in the reference's format", () =>
  inTempDir((directory) => {
    Deno.writeFileSync(join(directory, "t:c.diskqueue.000000.dat"), new Uint8Array(FILE_0));
    Deno.writeFileSync(join(directory, "t:c.diskqueue.000001.dat"), new Uint8Array(FILE_1));
    Deno.writeTextFileSync(join(directory, "t:c.diskqueue.meta.dat"), "2\n0,9\n1,24\n");
    const queue = openIn(directory);
    assert.equal(queue.depth, 2);
    const buffer = new Uint8Array(100);
    assert.deepEqual(queue.read(buffer), { bytes: 5, count: 1 });
    assert.deepEqual([...buffer.subarray(0, 5)], [0, 0, 0, 1, 0xff]);
    assert.deepEqual(readBlock(queue), ["x".repeat(20)]);
    queue.close();
  }));

Deno.test("DiskQueue writes files in the reference's format, for the owner only", () =>
  inTempDir(async (directory) => {
    const queue = openIn(directory);
    put(queue, "hello");
    queue.append(new Uint8Array([0, 0, 0, 1, 0xff]), 0, 5, 1);
    put(queue, "x".repeat(20));
    assert.deepEqual(readBlock(queue, 9), ["hello"]);
    queue.advance(9, 1);
    queue.close();
    await queue.settled(); // a sync in the background may have been under way

    const names = Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
    assert.deepEqual(names, [
      "t:c.diskqueue.000000.dat",
      "t:c.diskqueue.000001.dat",
      "t:c.diskqueue.meta.dat",
    ]);
    const [file0, file1, meta] = names.map((name) => Deno.readFileSync(join(directory, name)));
    assert.deepEqual([...file0!], FILE_0);
    assert.deepEqual([...file1!], FILE_1);
    assert.equal(new TextDecoder().decode(meta), "2\n0,9\n1,24\n");
    for (const name of names) {
      assert.equal(Deno.statSync(join(directory, name)).mode! & 0o777, 0o600, name);
    }
  }));

Deno.test("DiskQueue syncs and sets files aside on the real disk", () =>
  inTempDir(async (directory) => {
    const queue = openIn(directory, { syncEvery: 1 });
    put(queue, "one");
    await queue.settled();
    const meta = join(directory, "t:c.diskqueue.meta.dat");
    assert.equal(Deno.readTextFileSync(meta), "1\n0,0\n0,7\n");
    Deno.writeFileSync(join(directory, "t:c.diskqueue.000000.dat"), frame("", "", ""));
    assert.deepEqual(drain(queue), []);
    put(queue, "two");
    assert.deepEqual(drain(queue), ["two"]);
    await queue.settled();
    assert.equal(Deno.readTextFileSync(meta), "0\n1,7\n1,7\n");
    assert.ok(Deno.statSync(join(directory, "t:c.diskqueue.000000.dat.bad")).isFile);
    queue.delete();
    await queue.settled();
    const names = Array.from(Deno.readDirSync(directory), ({ name }) => name);
    assert.deepEqual(names, ["t:c.diskqueue.000000.dat.bad"]);
  }));

Deno.test("DenoFileSystem names a missing directory empty and a failure by its path", () =>
  inTempDir((directory) => {
    const files = new DenoFileSystem();
    assert.deepEqual(files.list(join(directory, "none")), []);
    assert.equal(files.sizeBytes(join(directory, "none")), null);
    const dataPath = join(directory, "none");
    const queue = openQueue({ files, dataPath });
    assert.throws(() => put(queue, "a"), {
      name: "DiskQueueError",
      message: `open ${join(dataPath, "q.diskqueue.000000.dat")}: no such file or directory`,
    });
  }));

Deno.test("DenoFileSystem reports a full device as the reference does", () =>
  inTempDir((directory) => {
    Deno.symlinkSync("/dev/full", join(directory, "q.diskqueue.000000.dat"));
    Deno.writeTextFileSync(join(directory, "q.diskqueue.meta.dat"), "0\n0,0\n0,0\n");
    const queue = openQueue({ files: new DenoFileSystem(), dataPath: directory });
    assert.throws(() => put(queue, "a"), {
      message: `write ${join(directory, "q.diskqueue.000000.dat")}: no space left on device`,
    });
  }));

Deno.test("indexFiles() finds the files of every queue with one look", () =>
  inTempDir((directory) => {
    const files = new DenoFileSystem();
    for (const name of ["a", "a:b", "a:c#ephemeral"]) {
      for (const number of ["000010", "000002", "1000000"]) {
        Deno.writeTextFileSync(join(directory, `${name}.diskqueue.${number}.dat`), "");
      }
    }
    for (const other of ["a.diskqueue.meta.dat", "nsqd.dat", "a.diskqueue.000003.dat.bad"]) {
      Deno.writeTextFileSync(join(directory, other), "");
    }
    const index = indexFiles(files, directory);
    assert.deepEqual(index.get("a"), { numbers: [2, 10, 1000000], hasMeta: true });
    assert.deepEqual(index.get("a:b"), { numbers: [2, 10, 1000000], hasMeta: false });
    assert.equal(index.size, 3);
  }));
