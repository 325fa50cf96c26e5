/** What the disk gives to a program that does nothing else. */

const GROUPS = 200;

/** Appends groups of so many bytes to a file in `folder`, an fdatasync after each. @returns groups per second */
export async function syncedGroups(folder: string, groupBytes: number): Promise<number> {
  const file = await Deno.open(`${folder}/raw`, { write: true, create: true, truncate: true });
  try {
    const group = new Uint8Array(groupBytes).fill(1);
    const beganMs = performance.now();
    for (let i = 0; i < GROUPS; i++) {
      for (let at = 0; at < group.length;) at += file.writeSync(group.subarray(at));
      await file.syncData();
    }
    return GROUPS / ((performance.now() - beganMs) / 1000);
  } finally {
    file.close();
  }
}
