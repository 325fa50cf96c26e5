/** For `sh -c`: raises the limit on open files as far as it goes, then becomes the program. */
export const RAISE_FILE_LIMIT = 'ulimit -n "$(ulimit -Hn)"; exec "$0" "$@"';

/** Everything a run must not leave behind: child processes and temporary directories. */
export class Resources {
  readonly #children = new Set<Deno.ChildProcess>();
  readonly #directories = new Set<string>();

  /** Remembers a child until it has ended. */
  own(child: Deno.ChildProcess): void {
    this.#children.add(child);
    void child.status.then(() => this.#children.delete(child));
  }

  async tempDir(): Promise<string> {
    const path = await Deno.makeTempDir({ prefix: "nsq-bench-" });
    this.#directories.add(path);
    return path;
  }

  async removeDir(path: string): Promise<void> {
    await Deno.remove(path, { recursive: true });
    this.#directories.delete(path);
  }

  /** Kills a child (it holds nothing that is worth saving) and waits for its end. */
  async end(child: Deno.ChildProcess): Promise<void> {
    if (this.#children.has(child)) child.kill("SIGKILL");
    await child.status;
  }

  /** Ends and removes all that is left. */
  async releaseAll(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.end(child)));
    await Promise.all([...this.#directories].map((path) => this.removeDir(path)));
  }
}
