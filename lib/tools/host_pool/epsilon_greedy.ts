import { HostHealth, HostRotation } from "./avoiding.ts";
import type { HostChoice, HostPool, HostPoolEnvironment } from "./host_pool.ts";
import { ResponseTimes } from "./response_times.ts";

/** Part of the choices that goes round all hosts to learn how fast they are: at first, … */
const FIRST_EXPLORATION = 0.3;
/** … after each such choice times this, … */
const EXPLORATION_DECAY = 0.9;
/** … and in the end. */
const LEAST_EXPLORATION = 0.01;

class MeasuredHost<T> extends HostHealth<T> {
  readonly responseTimes: ResponseTimes;

  constructor(host: T, nowMs: number) {
    super(host);
    this.responseTimes = new ResponseTimes(nowMs);
  }
}

/**
 * Prefers the hosts that answer fast: one is chosen with a probability inverse to its response time.
 * Those that fail are avoided as `AvoidingPool` does.
 */
export class EpsilonGreedyPool<T> implements HostPool<T> {
  readonly #environment: HostPoolEnvironment;
  readonly #hosts: readonly MeasuredHost<T>[];
  readonly #rotation: HostRotation<T, MeasuredHost<T>>;
  #exploration = FIRST_EXPLORATION;

  constructor(hosts: readonly T[], environment: HostPoolEnvironment) {
    this.#environment = environment;
    const nowMs = environment.nowMs();
    this.#hosts = hosts.map((host) => new MeasuredHost(host, nowMs));
    this.#rotation = new HostRotation(this.#hosts);
  }

  choose(): HostChoice<T> {
    const startMs = this.#environment.nowMs();
    const chosen = this.#explores() ? undefined : this.#byResponseTime(startMs);
    const host = chosen ?? this.#rotation.next(startMs);
    return { host: host.host, mark: (succeeded) => this.#mark(host, succeeded, startMs) };
  }

  #explores(): boolean {
    if (this.#environment.random() >= this.#exploration) return false;
    this.#exploration = Math.max(this.#exploration * EXPLORATION_DECAY, LEAST_EXPLORATION);
    return true;
  }

  /** Undefined when no host that may be tried has answered lately. */
  #byResponseTime(nowMs: number): MeasuredHost<T> | undefined {
    const candidates: { host: MeasuredHost<T>; weight: number }[] = [];
    let total = 0;
    for (const host of this.#hosts) {
      if (!host.mayBeTried(nowMs)) continue;
      const weightedMs = host.responseTimes.weightedMs(nowMs);
      if (weightedMs === 0) continue;
      candidates.push({ host, weight: 1 / weightedMs });
      total += 1 / weightedMs;
    }
    let rest = this.#environment.random() * total;
    const chosen = candidates.find(({ weight }) => (rest -= weight) < 0) ?? candidates.at(-1);
    chosen?.host.beginTry(nowMs);
    return chosen?.host;
  }

  #mark(host: MeasuredHost<T>, succeeded: boolean, startMs: number): void {
    const nowMs = this.#environment.nowMs();
    if (!succeeded) return host.failed(nowMs);
    host.succeeded();
    host.responseTimes.add(nowMs - startMs, nowMs);
  }
}
