import type { HostChoice, HostPool } from "./host_pool.ts";

/** Each host in turn, also one that fails. */
export class RoundRobinPool<T> implements HostPool<T> {
  readonly #choices: readonly HostChoice<T>[];
  #next = 0;

  constructor(hosts: readonly T[]) {
    this.#choices = hosts.map((host) => ({ host, mark: () => {} }));
  }

  choose(): HostChoice<T> {
    const choice = this.#choices[this.#next]!;
    this.#next = (this.#next + 1) % this.#choices.length;
    return choice;
  }
}
