import type { Clock } from "./clock.ts";
import { type Scheduler, SLICE_MS } from "./scheduler.ts";

/** A channel that may have something to deliver. */
export interface Deliverer {
  /** Delivers until that time, as of Clock.nowMs; what is left then it does in a later call, for which it adds itself again. */
  deliver(untilMs: number): void;
}

/** A connection that may have something to send. */
export interface Flushable {
  flush(): void;
}

/**
 * So many connections are written to out of timers before others are heard. The runtime lets 128 reads and writes through in a turn of
 * its event loop, and runs timers first: with more writes than that out of timers, turn after turn, nobody's input was read, for ten seconds.
 */
const WRITES_BEFORE_OTHERS = 48;

/** So many writes take no time that anybody would notice: the clock is read after them, not after each. */
const WRITES_BETWEEN = 4;

/** What is chained to it is done as a microtask; `queueMicrotask` of the runtime takes 1.7 times as long (measured). */
const NOW = Promise.resolve();

/**
 * The work at the end of a turn of the event loop: whatever became possible while input was handled is delivered, then whatever was produced
 * is sent, each connection with one write. Nothing that a client was told "OK" of leaves before it has happened. What takes too long goes on
 * in the next turn, so that everybody is heard meanwhile.
 */
export class Turn {
  /** For this turn. */
  #deliverers: Deliverer[] = [];
  #flushables: Flushable[] = [];
  /** What was too much for one turn. What input brings about does not wait behind it. */
  #laterDeliverers: Deliverer[] = [];
  #laterFlushables: Flushable[] = [];
  /** Whether {@link #run} will be called, or is at work. */
  #scheduled = false;
  /** Whether a timer is set for what is left. */
  #timerSet = false;
  readonly #runBeforeInput = () => this.#run(true);
  readonly #runAfterInput = () => this.#run(false);
  readonly #clock: Clock;
  readonly #scheduler: Scheduler;
  readonly #onError: (error: unknown) => void;

  /** @param onError gets what a delivery or a flush throws; the others go on */
  constructor(clock: Clock, scheduler: Scheduler, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#scheduler = scheduler;
    this.#onError = onError;
  }

  /** Whether something has been added that is still to be done: then the time was read in this turn, as of Clock.nowMs. */
  get isAwaited(): boolean {
    return this.#scheduled;
  }

  /** `deliverer` is called this turn or soon; the caller sees to it that it adds each only once. */
  addDeliverer(deliverer: Deliverer): void {
    this.#deliverers.push(deliverer);
    this.#schedule();
  }

  /** `flushable` is called this turn or soon; the caller sees to it that it adds each only once. */
  addFlushable(flushable: Flushable): void {
    this.#flushables.push(flushable);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    NOW.then(this.#scheduler.ringing ? this.#runBeforeInput : this.#runAfterInput);
  }

  /** @param beforeInput whether this is called out of a timer */
  #run(beforeInput: boolean): void {
    if (beforeInput) this.#takeUp();
    // What was too much to send goes first: more would only use up memory.
    if (beforeInput && this.#flushables.length > WRITES_BEFORE_OTHERS) {
      this.#deliverLater();
    } else {
      this.#deliver();
    }
    if (this.#flushables.length > 0) this.#flush(beforeInput ? WRITES_BEFORE_OTHERS : Infinity);
    this.#scheduled = false;
    this.#setTimer();
    if (this.#deliverers.length + this.#flushables.length > 0) this.#schedule();
  }

  #deliver(): void {
    const deliverers = this.#deliverers;
    if (deliverers.length === 0) return;
    this.#deliverers = [];
    const untilMs = this.#clock.update() + SLICE_MS;
    const done = this.#forEach(deliverers, Infinity, untilMs, 1, deliver);
    if (done < deliverers.length) {
      this.#laterDeliverers = this.#laterDeliverers.concat(deliverers.slice(done));
    }
    // Those that go on where they stopped.
    if (this.#deliverers.length > 0 && this.#clock.update() >= untilMs) this.#deliverLater();
  }

  #flush(max: number): void {
    if (this.#flushables.length === 1) return this.#flushOne();
    const flushables = this.#flushables;
    this.#flushables = [];
    const startMs = this.#clock.update();
    const done = this.#forEach(flushables, max, startMs + SLICE_MS, WRITES_BETWEEN, flush);
    if (done < flushables.length) {
      this.#laterFlushables = this.#laterFlushables.concat(flushables.slice(done));
    }
  }

  #flushOne(): void {
    try {
      this.#flushables.pop()!.flush();
    } catch (error) {
      this.#onError(error);
    }
  }

  #deliverLater(): void {
    this.#laterDeliverers = this.#laterDeliverers.concat(this.#deliverers);
    this.#deliverers = [];
  }

  /** What was left is for this turn. */
  #takeUp(): void {
    this.#deliverers = this.#laterDeliverers.concat(this.#deliverers);
    this.#laterDeliverers = [];
    this.#flushables = this.#laterFlushables.concat(this.#flushables);
    this.#laterFlushables = [];
  }

  #setTimer(): void {
    if (this.#timerSet || this.#laterDeliverers.length + this.#laterFlushables.length === 0) return;
    this.#timerSet = true;
    this.#scheduler.nextTurn(() => {
      this.#timerSet = false;
      this.#scheduled = true;
      this.#run(true);
    });
  }

  /**
   * Does something with each, at most `max` times, and until that time, which is looked at after every `between`.
   * @returns with how many: one at least
   */
  #forEach<T>(
    all: T[],
    max: number,
    untilMs: number,
    between: number,
    action: (each: T, untilMs: number) => void,
  ): number {
    const end = Math.min(all.length, max);
    let done = 0;
    do {
      try {
        action(all[done++]!, untilMs);
      } catch (error) {
        this.#onError(error);
      }
    } while (done < end && (done % between !== 0 || this.#clock.update() < untilMs));
    return done;
  }
}

function deliver(each: Deliverer, untilMs: number): void {
  each.deliver(untilMs);
}

function flush(each: Flushable): void {
  each.flush();
}
