/** Publishes copies of messages, and answers each message by what came of its copy. */

import type { Message } from "../../client/mod.ts";
import type { Logger } from "../../log/logger.ts";
import type { HostPool } from "../host_pool.ts";
import type { RequestTimings } from "../request_timings.ts";
import type { Destination } from "./destination.ts";
import type { JsonFilter } from "./json_filter.ts";

/** The start of an unusable message that the log quotes, in bytes. */
const QUOTED_BYTES = 200;

/** What a {@link Copier} is made with. */
export interface CopierOptions {
  readonly pool: HostPool<Destination>;
  /** Left out: every message passes as it is. */
  readonly filter?: JsonFilter;
  /** For messages, whatever their destinations. */
  readonly timings: RequestTimings;
  readonly logger: Logger;
  /** ms; never goes back. */
  readonly nowMs: () => number;
}

/** Copies messages. */
export class Copier {
  readonly #options: CopierOptions;

  constructor(options: CopierOptions) {
    this.#options = options;
  }

  /** Takes a message, and answers it when its copy is acknowledged or has failed: many are under way at once. */
  copy(message: Message, topic: string): void {
    const { filter } = this.#options;
    if (filter === undefined) return this.#publish(message, topic, message.body);
    const verdict = filter.judge(message.body);
    if (verdict.kind === "pass") return this.#publish(message, topic, verdict.body);
    if (verdict.kind === "incomparable") {
      this.#options.logger.error("missing field to check required value");
      return message.requeue();
    }
    if (verdict.kind === "invalid") {
      this.#options.logger.error(`unable to decode json: ${quote(message.body)}`);
    }
    message.finish();
  }

  #publish(message: Message, topic: string, body: Uint8Array): void {
    const { pool, timings, nowMs } = this.#options;
    const choice = pool.choose();
    const startMs = nowMs();
    choice.host.publish(topic, body).then((succeeded) => {
      choice.mark(succeeded);
      if (succeeded) message.finish();
      else message.requeue();
      const durationMs = nowMs() - startMs;
      choice.host.timings.add(durationMs);
      timings.add(durationMs);
    });
  }
}

function quote(body: Uint8Array): string {
  const start = new TextDecoder().decode(body.subarray(0, QUOTED_BYTES));
  return JSON.stringify(start) + (body.length > QUOTED_BYTES ? " …" : "");
}
