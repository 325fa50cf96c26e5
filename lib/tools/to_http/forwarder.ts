/** Takes each message to one endpoint, or to all. */

import type { HostPool } from "../host_pool.ts";
import type { RequestTimings } from "../request_timings.ts";

/** An endpoint as the forwarder sees it. */
export interface Destination {
  readonly timings: RequestTimings;
  /** Resolves when the message has arrived. @throws Error that says why it has not */
  send(body: Uint8Array): Promise<void>;
}

/** What a {@link Forwarder} is made with. */
export interface ForwarderOptions {
  /** What chooses one destination for each message, or all of them in the order in which each shall get it. */
  readonly route: HostPool<Destination> | readonly Destination[];
  /** For messages, whatever their destinations. */
  readonly timings: RequestTimings;
  /** Part of the messages that is sent, in [0, 1]. */
  readonly sample: number;
  /** ms; never goes back. */
  readonly nowMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** Takes messages to their destinations. */
export class Forwarder {
  readonly #options: ForwarderOptions;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /**
   * Resolves when a message has arrived, or is none of the sample.
   *
   * @throws Error that says why it has not; of several destinations, those before that one have it
   */
  async forward(body: Uint8Array): Promise<void> {
    const { route, timings, sample, nowMs, random } = this.#options;
    if (sample < 1 && random() >= sample) return;
    const startMs = nowMs();
    if ("choose" in route) await this.#toOne(route, body);
    else for (const destination of route) await this.#send(destination, body);
    timings.add(nowMs() - startMs);
  }

  async #toOne(pool: HostPool<Destination>, body: Uint8Array): Promise<void> {
    const choice = pool.choose();
    try {
      await this.#send(choice.host, body);
    } catch (error) {
      choice.mark(false);
      throw error;
    }
    choice.mark(true);
  }

  async #send(destination: Destination, body: Uint8Array): Promise<void> {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    await destination.send(body);
    destination.timings.add(nowMs() - startMs);
  }
}
