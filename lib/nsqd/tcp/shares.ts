import type { Clock } from "../../broker/clock.ts";
import type { InputPause } from "./input_pause.ts";

/** So many commands take no time that anybody would notice: the clock is read after them, not after each. */
const COMMANDS_BETWEEN = 32;

/** A body counts as one command more for every so many of its bytes. */
const BYTES_OF_A_COMMAND = 4096;

/** Above so many bytes that wait to be carried out, the time is taken from the first command on. */
const SMALL_BYTES = 16 * 1024;

/** How long what a connection has sent may be carried out as it comes, in ms: what is left then waits for its turn. */
const SHARE_MS = 1;

/** How long a turn is, in ms: others are heard after it. */
const TURN_MS = 10;

/**
 * How much of what one connection has sent is carried out at a time. Whoever sends more than that waits for its turn ({@link Shares}), also with
 * what it sends next if a turn was not enough: so what others send, which is little, is carried out at once, however many send without end.
 */
export class Share {
  /** There may be more to carry out, when its turn has come. */
  isSpent = false;
  readonly #clock: Clock;
  /** Whether what comes waits for its turn from the start. */
  #isGreedy = false;
  /** Whether what has come was not all carried out when its share, or its turn, was over. */
  #tookMore = false;
  /** When the turn ends that it has been given, as of Clock.nowMs; 0 for none. */
  #turnEndMs = 0;
  /** Commands before the clock is read. */
  #left = 0;
  /** When the share ends; 0 while nobody has looked at the clock. */
  #endMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Its turn has come, and ends then, as of Clock.nowMs. */
  grant(endMs: number): void {
    this.isSpent = false;
    this.#turnEndMs = endMs;
  }

  /** Something is to be carried out. False if not before its turn has come. @param bytes that are there */
  begin(bytes: number): boolean {
    if (this.#isGreedy && this.#turnEndMs === 0) {
      this.isSpent = true;
      return false;
    }
    this.#left = COMMANDS_BETWEEN;
    this.#endMs = this.#turnEndMs;
    this.#turnEndMs = 0;
    if (this.#endMs === 0 && bytes > SMALL_BYTES) this.#endMs = this.#clock.update() + SHARE_MS;
    return true;
  }

  /** A command has been carried out. Whether the next one may be; if not, {@link isSpent}. */
  goesOn(): boolean {
    return --this.#left > 0 || this.#look();
  }

  /** The command that is carried out has so many bytes. */
  count(bytes: number): void {
    this.#left -= Math.floor(bytes / BYTES_OF_A_COMMAND);
  }

  /** All is carried out that has come. */
  end(): void {
    this.#isGreedy = this.#tookMore;
    this.#tookMore = false;
  }

  #look(): boolean {
    const nowMs = this.#clock.update();
    if (this.#endMs === 0) this.#endMs = nowMs + SHARE_MS;
    this.#left = COMMANDS_BETWEEN;
    if (nowMs < this.#endMs) return true;
    this.isSpent = this.#isGreedy = this.#tookMore = true;
    return false;
  }
}

/** Who waits for its turn. */
interface Waiting {
  readonly share: Share;
  readonly take: () => boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Those who sent more than they have a share for, in the order in which it is their turn. A turn is for as many as can have all carried out in it, or
 * for one: in pieces, what is answered and written together would be so in pieces, too. After it everybody else is heard.
 */
export class Shares {
  readonly #clock: Clock;
  readonly #others: InputPause;
  #waiting: Waiting[] = [];
  #isRunning = false;

  constructor(clock: Clock, others: InputPause) {
    this.#clock = clock;
    this.#others = others;
  }

  /**
   * Waits for turns.
   * @param take takes the share, and says whether it wants another one
   * @returns resolves when it does not; rejects with what `take` throws
   */
  next(share: Share, take: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ share, take, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      await this.#others.take();
      const endMs = this.#clock.update() + TURN_MS;
      do this.#give(this.#waiting.shift()!, endMs); while (
        this.#waiting.length > 0 && this.#clock.update() < endMs
      );
    }
    this.#isRunning = false;
  }

  #give(to: Waiting, endMs: number): void {
    to.share.grant(endMs);
    try {
      if (to.take()) this.#waiting.push(to);
      else to.resolve();
    } catch (error) {
      to.reject(error);
    }
  }
}
