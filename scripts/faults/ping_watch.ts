/** How long the broker's event loop keeps others waiting: asks /ping all the time. */
import { type Nsqd, pause } from "../../tests/harness/mod.ts";

const INTERVAL_MS = 10;

/** Asks until it is stopped. */
export class PingWatch {
  #slowestMs = 0;
  #stopping = false;
  readonly #done: Promise<unknown>;

  constructor(nsqd: Nsqd) {
    this.#done = this.#ask(nsqd);
  }

  /** The longest that an answer took, in ms. @throws when one did not come. */
  async stop(): Promise<number> {
    this.#stopping = true;
    const failure = await this.#done;
    if (failure !== undefined) throw failure;
    return Math.round(this.#slowestMs);
  }

  async #ask(nsqd: Nsqd): Promise<unknown> {
    try {
      while (!this.#stopping) {
        const start = performance.now();
        await (await nsqd.http("/ping")).body?.cancel();
        this.#slowestMs = Math.max(this.#slowestMs, performance.now() - start);
        await pause(INTERVAL_MS);
      }
    } catch (error) {
      return error;
    }
  }
}
