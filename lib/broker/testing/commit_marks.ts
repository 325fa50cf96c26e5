import type { Sequence } from "./model_channel.ts";
import type { TestBroker } from "./test_broker.ts";

const SEGMENT = /^\/d\/(.+)\.journal\.\d+\.dat$/;

/** Counts over all lives of one or more simulations. */
export interface Tally {
  cuts: number;
  kills: number;
  /** Acknowledged messages that were looked for after a crash or a stop, and found. */
  found: number;
}

/** Up to where in the sequence of what happens each durable topic is surely on the disk. */
export class CommitMarks {
  readonly #sequence: Sequence;
  /** What commits had when they were written that have not ended, by their numbers and topics. */
  readonly #written = new Map<number, Map<string, number>>();
  readonly #durable = new Map<string, number>();

  constructor(sequence: Sequence) {
    this.#sequence = sequence;
  }

  durable(topic: string): number {
    return this.#durable.get(topic) ?? 0;
  }

  /** All that has happened is on the disk. */
  allDurable(topic: string): void {
    this.forget(topic);
    this.#durable.set(topic, this.#sequence.last);
  }

  forget(topic: string): void {
    for (const written of this.#written.values()) written.delete(topic);
    this.#durable.delete(topic);
  }

  /** A commit has what had happened when it was written, and that is on the disk when it has ended. */
  watch({ disk, group, broker }: TestBroker): void {
    this.#written.clear();
    disk.fault = (operation, path) => {
      const [, topic] = SEGMENT.exec(path) ?? [];
      if (operation === "write" && topic !== undefined) {
        const commit = group.collecting - 1, written = this.#written.get(commit) ?? new Map();
        this.#written.set(commit, written.set(topic, this.#sequence.last));
      }
      return null;
    };
    group.onCommit((commit) => {
      for (const [name, written] of this.#written.get(commit) ?? []) {
        if (broker.topics.get(name)?.journal?.journal.failureOf(commit) === null) {
          this.#durable.set(name, written);
        }
      }
      this.#written.delete(commit);
    });
  }
}
