import { dirname } from "node:path";
import type { SimulatedInode } from "./simulated_inode.ts";

/** A change of names: `from` loses its file, `to` gets it. */
interface Change {
  from: string | null;
  to: string | null;
  inode: SimulatedInode;
}

/** Which file has which name: as processes see it, and as a power cut may leave it. */
export class SimulatedDirectory {
  readonly entries = new Map<string, SimulatedInode>();
  readonly #stable = new Map<string, SimulatedInode>();
  #unsynced: Change[] = [];
  /** Directories in which there was a file. */
  readonly directories = new Set<string>();

  /** A name that is on stable storage. */
  put(path: string, inode: SimulatedInode): void {
    this.entries.set(path, inode);
    this.#stable.set(path, inode);
    this.directories.add(dirname(path));
  }

  create(path: string, inode: SimulatedInode): void {
    this.#change({ from: null, to: path, inode });
  }

  remove(path: string): void {
    this.#change({ from: path, to: null, inode: this.entries.get(path)! });
  }

  rename(from: string, to: string): void {
    this.#change({ from, to, inode: this.entries.get(from)! });
  }

  /** Makes the names in `directory` stable. */
  sync(directory: string): void {
    this.beginSync(directory)();
  }

  /** A sync of `directory` begins: it is about the names that changed so far. @returns ends it */
  beginSync(directory: string): () => void {
    const changes = this.#unsynced.filter(({ from, to }) => dirname((to ?? from)!) === directory);
    return () => {
      for (const change of changes) {
        if (this.#unsynced.includes(change)) apply(change, this.#stable);
      }
      this.#unsynced = this.#unsynced.filter((change) => !changes.includes(change));
    };
  }

  /** After a power cut: each change of a name that no sync of the directory covered is there or not. */
  afterPowerCut(random: () => number): SimulatedDirectory {
    const left = new Map(this.#stable);
    const part = random();
    for (const change of this.#unsynced) {
      if (random() < part) apply(change, left);
    }
    const after = new SimulatedDirectory();
    for (const [path, inode] of left) after.put(path, inode.afterPowerCut(random));
    return after;
  }

  #change(change: Change): void {
    apply(change, this.entries);
    this.#unsynced.push(change);
    if (change.to !== null) this.directories.add(dirname(change.to));
  }
}

function apply({ from, to, inode }: Change, entries: Map<string, SimulatedInode>): void {
  if (from !== null && entries.get(from) === inode) entries.delete(from);
  if (to !== null) entries.set(to, inode);
}
