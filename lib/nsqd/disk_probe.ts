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
    try {
      await writeAndSync(this.#path);
      await Deno.remove(this.#path);
      this.#workedAtMs = performance.now();
    } catch {
      this.#workedAtMs = -Infinity; // why is what the health says
    } finally {
      this.#isTrying = false;
      this.#triedAtMs = performance.now();
    }
  }
}

/** @throws what the disk says; the file may be there then */
async function writeAndSync(path: string): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  const bytes = new Uint8Array(PROBE_BYTES);
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
  await file.sync();
}
