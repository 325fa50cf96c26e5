import type { HostChoice, HostPool } from "./host_pool.ts";

/** How long a host is left alone after it failed; doubled by each try that fails again, … */
export const FIRST_RETRY_DELAY_MS = 30_000;
/** … up to this. */
export const MAX_RETRY_DELAY_MS = 900_000;

/** A host and whether it works. */
export class HostHealth<T> {
  readonly host: T;
  #failing = false;
  #retryDelayMs = FIRST_RETRY_DELAY_MS;
  #retryAtMs = 0;

  constructor(host: T) {
    this.host = host;
  }

  /** Whether a request may be sent: it works, or has been left alone for long enough. */
  mayBeTried(nowMs: number): boolean {
    return !this.#failing || this.#retryAtMs < nowMs;
  }

  /** A request is about to be sent: until a failing host has answered, no other shall try it. */
  beginTry(nowMs: number): void {
    if (!this.#failing) return;
    this.#retryDelayMs = Math.min(this.#retryDelayMs * 2, MAX_RETRY_DELAY_MS);
    this.#retryAtMs = nowMs + this.#retryDelayMs;
  }

  succeeded(): void {
    this.#failing = false;
  }

  failed(nowMs: number): void {
    if (this.#failing) return;
    this.#failing = true;
    this.#retryDelayMs = FIRST_RETRY_DELAY_MS;
    this.#retryAtMs = nowMs + FIRST_RETRY_DELAY_MS;
  }
}

/** In turn the hosts of a list that may be tried. When there is none, all are given another chance. */
export class HostRotation<T, H extends HostHealth<T>> {
  readonly #hosts: readonly H[];
  #next = 0;

  constructor(hosts: readonly H[]) {
    this.#hosts = hosts;
  }

  next(nowMs: number): H {
    const count = this.#hosts.length;
    for (let step = 0; step < count; step++) {
      const index = (this.#next + step) % count;
      const health = this.#hosts[index]!;
      if (health.mayBeTried(nowMs)) {
        this.#next = index + 1;
        health.beginTry(nowMs);
        return health;
      }
    }
    for (const health of this.#hosts) health.succeeded();
    this.#next = 1;
    return this.#hosts[0]!;
  }
}

/** In turn the hosts that work; one that failed is tried again after a while. */
export class AvoidingPool<T> implements HostPool<T> {
  readonly #rotation: HostRotation<T, HostHealth<T>>;
  readonly #nowMs: () => number;

  constructor(hosts: readonly T[], nowMs: () => number) {
    this.#rotation = new HostRotation(hosts.map((host) => new HostHealth(host)));
    this.#nowMs = nowMs;
  }

  choose(): HostChoice<T> {
    const health = this.#rotation.next(this.#nowMs());
    return {
      host: health.host,
      mark: (succeeded) => succeeded ? health.succeeded() : health.failed(this.#nowMs()),
    };
  }
}
