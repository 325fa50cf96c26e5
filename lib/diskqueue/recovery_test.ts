import assert from "node:assert/strict";
import { MemoryLogger } from "../log/testing/memory_logger.ts";
import { drain, frame, openQueue, put, readAll, readBlock } from "./testing/harness.ts";
import { SimulatedDisk } from "../storage/testing/simulated_disk.ts";

const META = "/d/q.diskqueue.meta.dat";

function dataPath(number: number): string {
  return `/d/q.diskqueue.${String(number).padStart(6, "0")}.dat`;
}

interface Case {
  /** Content of the metadata file, if there is one. */
  meta?: string;
  data: Record<number, Uint8Array>;
  records: string[];
  /** The file to which the next record goes, and where in it. */
  next: [file: number, offset: number];
}

/**
 * Opens a queue on the files given and checks its depth, the records it holds and where it writes; then the same again with
 * what it leaves behind, closed properly and killed.
 */
function check({ meta, data, records, next: [file, offset] }: Case): SimulatedDisk {
  const fill = () => {
    const disk = new SimulatedDisk();
    if (meta !== undefined) disk.put(META, meta);
    for (const [number, bytes] of Object.entries(data)) disk.put(dataPath(Number(number)), bytes);
    return disk;
  };
  for (const closed of [true, false]) {
    const disk = fill();
    const queue = openQueue({ files: disk });
    put(queue, "new");
    assert.equal(queue.depth, records.length + 1);
    if (closed) queue.close();
    const again = openQueue({ files: disk.restart() });
    assert.equal(again.depth, records.length + 1);
    assert.deepEqual(drain(again), [...records, "new"]);
    assert.equal(again.depth, 0);
  }
  const disk = fill();
  const logger = new MemoryLogger();
  const queue = openQueue({ files: disk, logger });
  assert.equal(queue.depth, records.length, logger.lines.join("\n"));
  put(queue, "new");
  const written = disk.content(dataPath(file))!;
  assert.deepEqual(written.subarray(offset), frame("new"));
  assert.deepEqual(drain(queue), [...records, "new"]);
  return disk;
}

Deno.test("recover() goes on where the metadata says", () => {
  check({
    meta: "2\n1,5\n2,5\n",
    data: { 1: frame("a", "b"), 2: frame("c") },
    records: ["b", "c"],
    next: [2, 5],
  });
});

Deno.test("recover() goes on in a file that is recorded but not created yet", () => {
  check({ meta: "1\n0,0\n1,0\n", data: { 0: frame("a") }, records: ["a"], next: [1, 0] });
  check({ meta: "0\n7,0\n7,0\n", data: {}, records: [], next: [7, 0] });
});

Deno.test("recover() goes on behind what is done in a drained file", () => {
  check({ meta: "0\n0,10\n0,10\n", data: { 0: frame("a", "b") }, records: [], next: [0, 10] });
});

Deno.test("recover() reads what was written after the metadata, and writes to the next file", () => {
  check({
    meta: "1\n0,5\n0,10\n",
    data: { 0: frame("a", "b", "c", "d") },
    records: ["b", "c", "d"],
    next: [1, 0],
  });
  check({ meta: "0\n0,5\n0,5\n", data: { 0: frame("a", "b") }, records: ["b"], next: [1, 0] });
});

Deno.test("recover() reads files that the metadata does not know", () => {
  check({
    meta: "1\n0,0\n0,5\n",
    data: { 0: frame("a", "b"), 1: frame("c"), 3: frame("d") },
    records: ["a", "b", "c", "d"],
    next: [4, 0],
  });
});

Deno.test("recover() reads all files when there is no metadata", () => {
  check({ data: { 0: frame("a", "b"), 1: frame("c") }, records: ["a", "b", "c"], next: [2, 0] });
  check({ data: { 5: frame("a"), 9: frame("b") }, records: ["a", "b"], next: [10, 0] });
});

Deno.test("recover() reads all files when the metadata makes no sense", () => {
  for (
    const meta of ["", "x", "1\n0,0\n", "1\n0,0\n0,-5\n", "1\n0,0\n0,99999999999999999\n", "\0\0"]
  ) {
    check({ meta, data: { 0: frame("a"), 1: frame("b") }, records: ["a", "b"], next: [2, 0] });
  }
});

Deno.test("recover() goes on with the next file when the recorded one is gone", () => {
  check({
    meta: "5\n0,5\n3,5\n",
    data: { 2: frame("c", "d"), 3: frame("e") },
    records: ["c", "d", "e"],
    next: [4, 0],
  });
  check({
    meta: "5\n0,5\n1,5\n",
    data: { 2: frame("c", "d"), 3: frame("e") },
    records: ["c", "d", "e"],
    next: [4, 0],
  });
  check({ meta: "5\n0,5\n3,5\n", data: {}, records: [], next: [4, 0] });
});

Deno.test("recover() does not trust a depth that cannot be", () => {
  for (const depth of [-3, 0]) {
    check({
      meta: `${depth}\n0,0\n0,10\n`,
      data: { 0: frame("a", "b") },
      records: ["a", "b"],
      next: [1, 0],
    });
  }
  check({ meta: "9\n0,10\n0,10\n", data: { 0: frame("a", "b") }, records: [], next: [1, 0] });
});

Deno.test("recover() does not trust a file shorter than recorded", () => {
  check({
    meta: "3\n0,0\n0,15\n",
    data: { 0: frame("a", "b") },
    records: ["a", "b"],
    next: [1, 0],
  });
  check({
    meta: "3\n0,15\n1,5\n",
    data: { 0: frame("a", "b"), 1: frame("c") },
    records: ["a", "b", "c"],
    next: [2, 0],
  });
});

Deno.test("recover() reads all there is when the metadata points past it", () => {
  const data = { 0: frame("a", "b") };
  for (const meta of ["0\n0,15\n0,15\n", "1\n0,15\n0,20\n", "5\n0,99\n0,999\n"]) {
    check({ meta, data, records: ["a", "b"], next: [1, 0] });
  }
  for (const meta of ["0\n3,0\n3,0\n", "0\n3,5\n3,5\n", "2\n3,5\n3,15\n"]) {
    check({ meta, data, records: ["a", "b"], next: [4, 0] });
  }
  check({ meta: "9\n1,0\n4,5\n", data: { 0: frame("a") }, records: ["a"], next: [5, 0] });
});

Deno.test("recover() reads all there is when reading is recorded to be ahead of writing", () => {
  check({
    meta: "1\n0,10\n0,5\n",
    data: { 0: frame("a", "b", "c") },
    records: ["a", "b", "c"],
    next: [1, 0],
  });
  check({ meta: "1\n0,99\n0,5\n", data: { 0: frame("a") }, records: ["a"], next: [1, 0] });
  check({ meta: "1\n4,0\n2,5\n", data: { 2: frame("a") }, records: ["a"], next: [5, 0] });
  check({
    meta: "1\n4,0\n2,5\n",
    data: { 2: frame("a"), 3: frame("b"), 4: frame("c") },
    records: ["a", "b", "c"],
    next: [5, 0],
  });
});

Deno.test("recover() counts what is there when a file in the middle is gone", () => {
  check({
    meta: "3\n0,0\n2,5\n",
    data: { 0: frame("a"), 2: frame("c") },
    records: ["a", "c"],
    next: [3, 0],
  });
});

Deno.test("recover() can go on counting files, whatever numbers the metadata gives", () => {
  for (const number of [999_999_999_999, 999_999_999_999_999]) {
    const disk = new SimulatedDisk();
    disk.put(META, `1\n0,0\n${number},5\n`);
    disk.put(dataPath(0), frame("a"));
    const queue = openQueue({ files: disk });
    put(queue, "b");
    assert.deepEqual(drain(openQueue({ files: disk.restart() })), ["a", "b"]);
  }
});

Deno.test("recover() cuts zeros off the last file, which are what a power cut leaves", () => {
  for (const zeros of [1, 3, 4, 5, 4096]) {
    for (const meta of ["1\n0,0\n0,5\n", "0\n0,5\n0,5\n", undefined]) {
      const disk = check({
        ...(meta !== undefined && { meta }),
        data: { 0: new Uint8Array([...frame("a", "b"), ...new Uint8Array(zeros)]) },
        records: meta?.startsWith("0") ? ["b"] : ["a", "b"],
        next: [1, 0],
      });
      assert.ok(!disk.paths.some((path) => path.endsWith(".bad")), disk.paths.join());
    }
  }
});

Deno.test("recover() reads records that are longer than may be appended today", () => {
  const long = ["1".repeat(70), "2".repeat(300_000), "3".repeat(65)];
  for (const records of [long, ["a", ...long], ["a", ...long, "b"]]) {
    for (const meta of [undefined, `${records.length}\n0,0\n0,${frame(...records).length}\n`]) {
      const disk = check({
        ...(meta !== undefined && { meta }),
        data: { 0: frame(...records) },
        records,
        next: [1, 0],
      });
      assert.ok(!disk.paths.some((path) => path.endsWith(".bad")), disk.paths.join());
    }
  }
});

Deno.test("recover() reads a long record in front of one that a crash has torn", () => {
  const long = "1".repeat(70);
  for (let cut = 1; cut <= 5; cut++) {
    check({
      data: { 0: frame(long, "ab").slice(0, -cut) },
      records: [long],
      next: [1, 0],
    });
  }
});

Deno.test("recover() steps over the end of a finished file without setting it aside", () => {
  const disk = check({
    meta: "1\n0,10\n1,5\n",
    data: { 0: frame("a", "b"), 1: frame("c") },
    records: ["c"],
    next: [1, 5],
  });
  assert.ok(!disk.paths.some((path) => path.endsWith(".bad")));
});

Deno.test("recover() cuts a torn record off the last file, at any byte of it", () => {
  const whole = frame("a", "bcdef");
  for (let size = 6; size < whole.length; size++) {
    for (const meta of ["1\n0,0\n0,5\n", undefined]) {
      const disk = check({
        ...(meta && { meta }),
        data: { 0: whole.slice(0, size) },
        records: ["a"],
        next: [1, 0],
      });
      assert.ok(!disk.paths.some((path) => path.endsWith(".bad")));
    }
  }
});

Deno.test("DiskQueue corrects a recorded depth that is too large or too small", () => {
  for (const depth of [1, 7]) {
    const disk = new SimulatedDisk();
    disk.put(META, `${depth}\n0,0\n1,5\n`);
    disk.put(dataPath(0), frame("a", "b"));
    disk.put(dataPath(1), frame("c"));
    const queue = openQueue({ files: disk });
    assert.deepEqual(readBlock(queue, 5), ["a"]);
    assert.ok(queue.unread > 0);
    assert.deepEqual(readAll(queue), ["b", "c"]);
    assert.deepEqual([queue.depth, queue.unread], [3, 0]);
  }
});

Deno.test("recover() reads past damage in the middle of a backlog", () => {
  const disk = new SimulatedDisk();
  disk.put(dataPath(0), new Uint8Array([...frame("a"), 0, 0, 0, 0, 0]));
  disk.put(dataPath(1), frame("b"));
  const queue = openQueue({ files: disk });
  assert.equal(queue.depth, 2);
  assert.deepEqual(drain(queue), ["a", "b"]);
  assert.ok(disk.paths.includes(`${dataPath(0)}.bad`));
});

Deno.test("recover() keeps what is not whole in any but the last file", () => {
  const torn = frame("a", "bcdef").slice(0, 12);
  const disk = check({ data: { 0: torn, 1: frame("c") }, records: ["a", "c"], next: [2, 0] });
  assert.deepEqual(disk.content(`${dataPath(0)}.bad`), torn);
});

Deno.test("recover() leaves the files of other queues alone", () => {
  const disk = new SimulatedDisk();
  disk.put("/d/q:c.diskqueue.000000.dat", frame("other"));
  disk.put("/d/qq.diskqueue.000000.dat", frame("other"));
  disk.put("/d/q.diskqueue.000000.dat.bad", frame("bad"));
  disk.put("/d/q.diskqueue.0000000.dat", frame("odd"));
  const before = disk.snapshot();
  const queue = openQueue({ files: disk });
  assert.equal(queue.depth, 0);
  queue.empty();
  queue.delete();
  assert.deepEqual(disk.snapshot(), before);
});
