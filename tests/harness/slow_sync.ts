/** A disk whose fsync is slow or fails, as one process sees it: by strace, a Debian package. */
import { withDeadline } from "./eventually.ts";
import { lacking } from "./required.ts";

const SYNCS = "fsync,fdatasync";
const ATTACH_DEADLINE_MS = 60_000;

/** strace, attached to a process; disposing of it lets the process go. */
export class SlowSync {
  /** Calls that have ended so far. */
  endedCount = 0;
  readonly #child: Deno.ChildProcess;
  readonly #read: Promise<void>;
  #onLine: () => void = () => {};
  #lines: string[] = [];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#read = this.#readLines();
  }

  /**
   * From now on every fsync of the process ends late. Undefined where strace is missing or may not attach, except in CI.
   *
   * @param delayMs by so much
   * @param error with this error, such as `EIO`
   */
  static async attach(pid: number, delayMs: number, error = ""): Promise<SlowSync | undefined> {
    const failure = error === "" ? "" : `:error=${error}`;
    const inject = `inject=${SYNCS}${failure}:delay_exit=${delayMs * 1000}`;
    let child: Deno.ChildProcess;
    try {
      child = new Deno.Command("strace", {
        args: ["-f", "-e", `trace=${SYNCS}`, "-e", inject, "-p", String(pid)],
        stdin: "null",
        stdout: "null",
        stderr: "piped",
      }).spawn();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return lacking("strace is missing");
      throw error;
    }
    const strace = new SlowSync(child);
    const attached = strace.#until(() => strace.#lines.some((line) => line.includes("attached")));
    const ended = await withDeadline(
      Promise.race([attached, child.status]),
      ATTACH_DEADLINE_MS,
      "strace to attach",
    );
    if (ended === undefined) return strace;
    await strace.#read;
    return lacking(`strace may not attach: ${strace.#lines.join("; ")}`);
  }

  /** Resolves when another so many calls have ended. */
  ends(count: number): Promise<void> {
    const target = this.endedCount + count;
    return this.#until(() => this.endedCount >= target);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGINT");
    } catch (error) { // the traced process has ended, and strace with it
      if (!(error instanceof TypeError)) throw error;
    }
    await this.#read;
    await this.#child.status;
  }

  #until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onLine;
      this.#onLine = () => {
        before();
        if (condition()) resolve();
      };
    });
  }

  async #readLines(): Promise<void> {
    let unfinished = "";
    for await (const piece of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (unfinished + piece).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) {
        this.#lines.push(line);
        if (/= -?\d+\b.*DELAYED/.test(line)) this.endedCount++;
        this.#onLine();
      }
    }
  }
}
