/**
 * Counts runs of V8's garbage collector. The runtime reports none, but each run takes an object that
 * nobody holds, and says so.
 */
export class CollectionsWatch {
  #count = 0;
  #isStarted = false;
  readonly #registry = new FinalizationRegistry<null>(() => {
    this.#count++;
    this.#leaveOne();
  });

  /** Begins to count, unless it does already. */
  start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#leaveOne();
  }

  /** Runs that were noticed since the start: of several within one turn of the event loop, one. */
  get count(): number {
    return this.#count;
  }

  #leaveOne(): void {
    this.#registry.register({}, null);
  }
}
