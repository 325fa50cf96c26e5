import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { SimulatedDisk } from "./testing/simulated_disk.ts";
import { readWholeFile, replaceFile } from "./whole_file.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("replaceFile() syncs the content before the rename and the directory behind it", async () => {
  const disk = new SimulatedDisk();
  const operations: string[] = [];
  disk.fault = (operation, path) => {
    if (["write", "fsync", "rename"].includes(operation)) operations.push(`${operation} ${path}`);
    return null;
  };
  await replaceFile(disk, "/d/f", "/d/f.tmp", bytes("content"));
  deepStrictEqual(operations, [
    "write /d/f.tmp",
    "fsync /d/f.tmp",
    "rename /d/f.tmp",
    "fsync /d",
  ]);
  deepStrictEqual(disk.paths, ["/d/f"]);
});

Deno.test("replaceFile() that fails leaves the old content and nothing else", async () => {
  for (const failing of ["write", "fsync", "rename"]) {
    const disk = new SimulatedDisk();
    disk.put("/d/f", "old");
    disk.fault = (operation) => operation === failing ? new Error(failing) : null;
    await rejects(replaceFile(disk, "/d/f", "/d/f.tmp", bytes("new")), { message: failing });
    disk.fault = () => null;
    deepStrictEqual(readWholeFile(disk, "/d/f"), bytes("old"));
    deepStrictEqual(disk.paths, ["/d/f"]);
  }
});

Deno.test("replaceFile() keeps nothing of a write that was cut short", async () => {
  const disk = new SimulatedDisk();
  disk.put("/d/f.tmp", "a longer content than the new");
  await replaceFile(disk, "/d/f", "/d/f.tmp", bytes("new"));
  deepStrictEqual(readWholeFile(disk, "/d/f"), bytes("new"));
});

Deno.test("readWholeFile() reads empty files, and throws NotFound for none", () => {
  const disk = new SimulatedDisk();
  disk.put("/d/empty", "");
  strictEqual(readWholeFile(disk, "/d/empty").length, 0);
  throws(() => readWholeFile(disk, "/d/none"), Deno.errors.NotFound);
});
