/** One choice of a host. */
export interface HostChoice<T> {
  readonly host: T;
  /** Says, once, how it went with the host: the next choices depend on it. */
  mark(succeeded: boolean): void;
}

/** A fixed set of at least one host, of which one is chosen for each request. */
export interface HostPool<T> {
  choose(): HostChoice<T>;
}

/** What a pool needs from the outside. */
export interface HostPoolEnvironment {
  /** ms; never goes back. */
  readonly nowMs: () => number;
  /** A number in [0, 1). */
  readonly random: () => number;
}
