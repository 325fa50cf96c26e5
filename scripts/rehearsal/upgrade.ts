/** What is rehearsed, of whatever the cluster is made: here processes of this machine, in tests/deploy pods. */
import type { Load } from "./load.ts";

/** Messages that are acknowledged between two steps: the cluster is at work again. */
const BETWEEN_STEPS = 500;

/** How a broker goes: `drain`: when all that it held is consumed; `stop`: at once, and what it held is on its disk. */
export type Leaving = "drain" | "stop";

/** A cluster whose daemons are replaced one by one; each keeps its address, its data and its flags. */
export interface ReplaceableCluster {
  readonly size: { readonly lookupds: number; readonly nsqds: number };
  /** Makes a topic and its channels on all brokers: a channel has what is published after it was made. */
  create(topic: string, channels: readonly string[]): Promise<void>;
  /** Resolves when the next one answers. */
  replaceLookupd(at: number): Promise<void>;
  /** Resolves when the next one answers. @returns messages that the one before had left */
  replaceNsqd(at: number, how: Leaving): Promise<number>;
}

/** Replaces all daemons of a cluster under load. */
export class Replacement {
  readonly #cluster: ReplaceableCluster;
  readonly #load: Load;
  readonly #say: (text: string) => void;

  /** @param say tells of each step, in one line */
  constructor(cluster: ReplaceableCluster, load: Load, say: (text: string) => void) {
    this.#cluster = cluster;
    this.#load = load;
    this.#say = say;
  }

  /** Resolves once the cluster is at work. */
  begin(): Promise<void> {
    return this.#load.flows(BETWEEN_STEPS);
  }

  /** As one brings in a new version: brokers are drained. @param by what comes in their places @throws Error if one leaves anything */
  async upgrade(by: string): Promise<void> {
    await this.#nsqds("drain", by);
    await this.#lookupds(by);
  }

  /** As one goes to other programs: what a broker holds is on its disk. */
  async move(by: string): Promise<void> {
    await this.#lookupds(by);
    await this.#nsqds("stop", by);
  }

  async #nsqds(how: Leaving, by: string): Promise<void> {
    for (let at = 0; at < this.#cluster.size.nsqds; at++) {
      const end = how === "drain" ? "drained" : "stopped";
      await this.#step(`nsqd ${at + 1}: ${end}, now ${by}`, async () => {
        const left = await this.#cluster.replaceNsqd(at, how);
        if (how === "stop") return `${left} messages handed over`;
        if (left > 0) throw new Error(`${left} messages were left by a drain`);
        return "nothing left";
      });
    }
  }

  async #lookupds(by: string): Promise<void> {
    for (let at = 0; at < this.#cluster.size.lookupds; at++) {
      await this.#step(`lookupd ${at + 1}: stopped, now ${by}`, async () => {
        await this.#cluster.replaceLookupd(at);
        return "brokers register again";
      });
    }
  }

  async #step(what: string, act: () => Promise<string>): Promise<void> {
    const startMs = performance.now();
    const outcome = await act();
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    await this.#load.flows(BETWEEN_STEPS);
    this.#say(`${what}: ${outcome}, ${seconds} s; ${this.#load.acknowledged} acknowledged so far`);
  }
}
