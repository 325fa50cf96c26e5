import { join } from "node:path";

/** As much as a publisher may bring at once is not asked for: whether there is any room, and an fsync. */
const PROBE_BYTES = 64 * 1024;

/** Between two tries, in ms. */
const PAUSE_MS = 1000;

/** A try that worked counts for so long: a probe of Kubernetes comes every few seconds. */
const COUNTS_MS = 15_000;

const FILE_NAME = "health.probe";

/**
 * Finds out whether a disk that failed takes bytes again. What is known of it is the last write's
 * outcome, and a broker that is sent no publishers, as it is not ready, would never write again.
 */
export class DiskProbe {
  readonly #path: string;
  #isTrying = false;
  #triedAtMs = -Infinity;
  #workedAtMs = -Infinity;

  constructor(dataPath: string) {
    this.#path = join(dataPath, FILE_NAME);
  }

  /** `health`, or "OK" if it is bad and bytes could be written since. Tries in the background, while somebody asks. */
  judge(health: string): string {
    if (health === "OK") return health;
    const nowMs = performance.now();
    const works = nowMs - this.#workedAtMs < COUNTS_MS;
    if (!this.#isTrying && nowMs - this.#triedAtMs >= PAUSE_MS) void this.#try();
    return works ? "OK" : health;
  }

  async #try(): Promise<void> {
    this.#isTrying = true;
    const isWritten = await works(() => writeAndSync(this.#path));
    const isRemoved = await works(() => removeIfThere(this.#path)); // a full disk allows it
    const nowMs = performance.now();
    this.#workedAtMs = isWritten && isRemoved ? nowMs : -Infinity;
    this.#triedAtMs = nowMs;
    this.#isTrying = false;
  }

  /** At the start: removes what a process left that was killed in a try, or that the disk did not let remove it. */
  async removeLeft(): Promise<void> {
    await works(() => removeIfThere(this.#path)); // if not now, then with the next try
  }
}

/** Whether it throws nothing: what the disk says is what the broker's health says. */
async function works(act: () => Promise<void>): Promise<boolean> {
  return await act().then(() => true, () => false);
}

/** @throws what the disk says */
async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** @throws what the disk says; the file may be there then */
async function writeAndSync(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  const bytes = new Uint8Array(PROBE_BYTES);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}
