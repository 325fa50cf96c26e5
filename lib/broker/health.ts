/** Whether the disk takes what must be written, over all disk queues: the broker is healthy when each one's last write worked. */
export class Health {
  #failing = new Map<string, Error>();

  /** The last write of queue `name` failed with `error`, or worked (null). */
  report(name: string, error: Error | null): void {
    if (error === null) this.#failing.delete(name);
    else this.#failing.set(name, error);
  }

  /** The queue `name` is gone. */
  forget(name: string): void {
    this.#failing.delete(name);
  }

  get healthy(): boolean {
    return this.#failing.size === 0;
  }

  /** "OK", or "NOK - " and what is wrong; as nsqd's /ping says it. */
  toString(): string {
    for (const error of this.#failing.values()) return `NOK - ${error.message}`;
    return "OK";
  }
}
