/** A channel that may have something to deliver. */
export interface Deliverer {
  deliver(): void;
}

/** A connection that may have something to send. */
export interface Flushable {
  flush(): void;
}

/**
 * The work at the end of a turn of the event loop: whatever became possible while input was handled is delivered, then whatever was produced
 * is sent, each connection with one write. Nothing that a client was told "OK" of leaves before it has happened.
 */
export class Turn {
  #deliverers: Deliverer[] = [];
  #flushables: Flushable[] = [];
  #scheduled = false;
  #onError: (error: unknown) => void;

  /** @param onError told of what a delivery or a flush threw; the others go on */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** `deliverer` is called this turn; the caller sees to it that it adds each only once. */
  addDeliverer(deliverer: Deliverer): void {
    this.#deliverers.push(deliverer);
    this.#schedule();
  }

  /** `flushable` is called this turn; the caller sees to it that it adds each only once. */
  addFlushable(flushable: Flushable): void {
    this.#flushables.push(flushable);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.#run());
  }

  #run(): void {
    const deliverers = this.#deliverers;
    this.#deliverers = [];
    for (const deliverer of deliverers) {
      try {
        deliverer.deliver();
      } catch (error) {
        this.#onError(error);
      }
    }
    const flushables = this.#flushables;
    this.#flushables = [];
    for (const flushable of flushables) {
      try {
        flushable.flush();
      } catch (error) {
        this.#onError(error);
      }
    }
    this.#scheduled = false;
    if (this.#deliverers.length + this.#flushables.length > 0) this.#schedule();
  }
}
