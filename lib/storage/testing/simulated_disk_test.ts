import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import type { FileHandle } from "../file_system.ts";
import { ManualTimers } from "./manual_timers.ts";
import { seededRandom } from "./seeded_random.ts";
import { SimulatedDisk } from "./simulated_disk.ts";

const SEEDS = 200;

/** What `/d/f` holds after power cuts of many seeds, each begun with `use`; "gone" where there is no such file. */
async function leftAfterCuts(
  use: (disk: SimulatedDisk) => void | Promise<void>,
): Promise<Set<string>> {
  const left = new Set<string>();
  for (let seed = 0; seed < SEEDS; seed++) {
    const disk = new SimulatedDisk();
    await use(disk);
    const content = disk.powerCut(seededRandom(seed)).content("/d/f");
    left.add(content === null ? "gone" : describe(content));
  }
  return left;
}

/** Runs of equal bytes: `512×a 3×0`. */
function describe(content: Uint8Array): string {
  const runs: [number, number][] = [];
  for (const byte of content) {
    const last = runs.at(-1);
    if (last?.[1] === byte) last[0]++;
    else runs.push([1, byte]);
  }
  return runs.map(([count, byte]) => `${count}×${byte === 0 ? 0 : String.fromCharCode(byte)}`)
    .join(" ");
}

function write(file: FileHandle, text: string): void {
  strictEqual(file.write(new TextEncoder().encode(text)), text.length);
}

Deno.test("a power cut leaves what was synced, by the handle or by the path", async () => {
  const left = await leftAfterCuts(async (disk) => {
    const file = disk.openWrite("/d/f");
    write(file, "a".repeat(600));
    await file.syncData();
    write(file, "b");
    disk.syncDataSync("/d/f");
    await disk.syncData("/d");
  });
  deepStrictEqual([...left], ["600×a 1×b"]);
});

Deno.test("a power cut tears what was not synced at 512 bytes, or leaves zeros, or nothing", async () => {
  const left = await leftAfterCuts((disk) => {
    disk.put("/d/f", "a".repeat(100));
    const file = disk.openWrite("/d/f");
    file.seek(100);
    write(file, "b".repeat(924));
  });
  for (
    const expected of [
      "100×a",
      "100×a 924×b",
      "100×a 924×0",
      "100×a 412×b 512×0",
      "100×a 412×0 512×b",
    ]
  ) {
    ok(left.has(expected), `${expected} is not among ${[...left].join(" | ")}`);
  }
  ok(!left.has("gone"));
});

Deno.test("a power cut undoes creation, renaming and removal unless the directory was synced", async () => {
  const uses: [string[], (disk: SimulatedDisk) => void][] = [
    [["gone", "3×n"], (disk) => {
      write(disk.openWrite("/d/f"), "nnn");
      disk.syncDataSync("/d/f");
    }],
    [["3×o", "3×n"], (disk) => {
      disk.put("/d/f", "ooo");
      disk.put("/d/g", "nnn");
      disk.rename("/d/g", "/d/f");
    }],
    [["3×o", "gone"], (disk) => {
      disk.put("/d/f", "ooo");
      disk.remove("/d/f");
    }],
  ];
  for (const [expected, use] of uses) {
    deepStrictEqual([...await leftAfterCuts(use)].sort(), expected.sort());
    const synced = await leftAfterCuts((disk) => {
      use(disk);
      disk.syncDataSync("/d");
    });
    deepStrictEqual([...synced], [expected.includes("3×n") ? "3×n" : "gone"]);
  }
});

Deno.test("the same seed loses the same", () => {
  const contents = [];
  for (let i = 0; i < 2; i++) {
    const disk = new SimulatedDisk();
    for (const name of ["f", "g", "h"]) write(disk.openWrite(`/d/${name}`), name.repeat(5000));
    contents.push(disk.powerCut(seededRandom(7)).snapshot());
  }
  deepStrictEqual(contents[0], contents[1]);
});

Deno.test("what is written while an fsync runs is not covered by it", async () => {
  const timers = new ManualTimers();
  const left = await leftAfterCuts(async (disk) => {
    disk.put("/d/f", "");
    disk.slowSyncs = { timers, delayMs: 500 };
    const file = disk.openWrite("/d/f");
    write(file, "aaa");
    const synced = file.syncData();
    write(file, "bbb");
    deepStrictEqual(timers.delaysMs, [500]);
    timers.fireAll();
    await synced;
  });
  deepStrictEqual([...left].every((content) => content.startsWith("3×a")), true);
  ok(left.has("3×a") && left.has("3×a 3×b"));
});

Deno.test("an fsync that fails may drop the pages: the next one succeeds and covers nothing", async () => {
  const use = (dropsPages: boolean) => async (disk: SimulatedDisk) => {
    disk.put("/d/f", "ooo");
    disk.failedSyncDropsPages = dropsPages;
    const file = disk.openWrite("/d/f");
    write(file, "nnn");
    disk.fault = (operation) => operation === "fsync" ? new Error("EIO") : null;
    await rejects(file.syncData(), { message: "EIO" });
    throws(() => file.syncDataSync(), { message: "EIO" });
    disk.fault = () => null;
    file.syncDataSync();
    strictEqual(new TextDecoder().decode(disk.content("/d/f")!), "nnn");
  };
  deepStrictEqual([...await leftAfterCuts(use(true))], ["3×o"]);
  deepStrictEqual([...await leftAfterCuts(use(false))], ["3×n"]);
});

Deno.test("a full disk takes what fits, then nothing", () => {
  const disk = new SimulatedDisk();
  disk.capacityBytes = 4;
  const file = disk.openWrite("/d/f");
  strictEqual(file.write(new Uint8Array(6)), 4);
  throws(() => file.write(new Uint8Array(2)), { message: /No space left on device/ });
  deepStrictEqual(disk.content("/d/f"), new Uint8Array(4));
});

Deno.test("a write that fails leaves the file as it was", () => {
  const disk = new SimulatedDisk();
  disk.put("/d/f", "ooo");
  disk.fault = (operation) => operation === "write" ? new Error("EIO") : null;
  throws(() => disk.openWrite("/d/f").write(new Uint8Array(2)), { message: "EIO" });
  strictEqual(new TextDecoder().decode(disk.content("/d/f")!), "ooo");
});
