import { deepStrictEqual } from "node:assert/strict";
import { SyncChoice } from "./sync_choice.ts";

/** A choice, and the disk that it is made for. */
class Commits {
  nowMs = 0;
  readonly choice = new SyncChoice(() => this.nowMs);

  /** How many of `count` commits waited for the disk, where an fsync takes `ms`. */
  async waited(count: number, ms: number, bytes = 300): Promise<number> {
    let waited = 0;
    for (let i = 0; i < count; i++) {
      if (this.choice.syncNow(bytes)) {
        this.choice.measure(() => this.nowMs += ms);
        waited++;
      } else {
        await this.choice.measureInBackground(bytes, () => {
          this.nowMs += ms + 0.1;
          return Promise.resolve();
        });
      }
    }
    return waited;
  }
}

Deno.test("SyncChoice waits for a fast disk, not for a slow one, and hears when that changes", async () => {
  const commits = new Commits();
  deepStrictEqual(await commits.waited(1000, 5), 0);
  const soon = await commits.waited(1000, 0.1);
  deepStrictEqual([soon > 900, await commits.waited(1000, 0.1)], [true, 1000]);
  deepStrictEqual(await commits.waited(1000, 5) < 10, true);
});

Deno.test("SyncChoice lets a fast disk that is slow once in a while delay others by a fiftieth of the time", async () => {
  const commits = new Commits();
  await commits.waited(100, 0.1);
  let stalledMs = 0;
  const beganMs = commits.nowMs;
  for (let i = 0; i < 200; i++) {
    await commits.waited(100, 0.1);
    stalledMs += 10 * await commits.waited(1, 10);
  }
  deepStrictEqual([stalledMs > 0, stalledMs / (commits.nowMs - beganMs) < 0.03], [true, true]);
});

Deno.test("SyncChoice writes much in the background, and does not judge the disk by it", async () => {
  const commits = new Commits();
  await commits.waited(10, 0.1);
  deepStrictEqual(await commits.waited(1000, 5, 1_000_000), 0);
  deepStrictEqual(await commits.waited(10, 0.1), 10);
});
