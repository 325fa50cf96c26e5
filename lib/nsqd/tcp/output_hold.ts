import type { Barrier, Kept, Waiter } from "../../storage/barrier.ts";
import { ErrorCode, FatalClientError } from "../../wire/errors.ts";

/** An OK in the output that may turn out not to be true. */
interface HeldAnswer {
  promise: Kept;
  /** Where it stands in the output. */
  at: number;
  onFailure: ErrorCode;
}

/** Who has output that may have to be kept back. */
export interface HoldOwner {
  /** The output may leave that was kept back. */
  onFree(): void;
  /** A promise is not kept: the answer at `at` of the output, and all behind it, is not to leave; `error` is sent in its place. */
  onBroken(at: number, error: FatalClientError): void;
}

/** Keeps the output of a connection back while it holds an OK of which the promise is not kept yet. */
export class OutputHold implements Waiter {
  readonly #barrier: Barrier;
  readonly #owner: HoldOwner;
  /** What must have passed before the output leaves; 0 for nothing. */
  #number = 0;
  /** Whether the barrier will tell. */
  #waiting = false;
  /** The first answer of each promise that may fail, in the order of the output. */
  #answers: HeldAnswer[] = [];

  constructor(barrier: Barrier, owner: HoldOwner) {
    this.#barrier = barrier;
    this.#owner = owner;
  }

  /**
   * What is added to the output from now on waits for what was required at the barrier since its begin.
   * @param at where the answer will stand in the output
   * @param onFailure the error that is sent in place of the answer if its promise is not kept
   */
  require(at: number, onFailure: ErrorCode): void {
    const { required, promise } = this.#barrier;
    if (required > this.#number) this.#number = required;
    if (promise === null || promise === this.#answers.at(-1)?.promise) return;
    this.#answers.push({ promise, at, onFailure });
  }

  /** Whether the output may leave. If not, it is said when it may. */
  isFree(): boolean {
    if (this.#number === 0) return true;
    if (this.#barrier.isPassed(this.#number)) {
      this.#number = 0;
      this.#judge();
      return true;
    }
    if (!this.#waiting) this.#barrier.wait(this.#number, this);
    this.#waiting = true;
    return false;
  }

  /** Resolves when all may leave that is there now. */
  ended(): Promise<void> {
    return this.#barrier.passed(this.#number);
  }

  onPassed(): void {
    this.#waiting = false;
    this.#owner.onFree();
  }

  #judge(): void {
    if (this.#answers.length === 0) return;
    const answers = this.#answers;
    this.#answers = [];
    const broken = answers.find(({ promise }) => promise.error !== null);
    if (broken === undefined) return;
    const { at, onFailure, promise: { error } } = broken;
    this.#owner.onBroken(at, commandFailed(onFailure, error!));
  }
}

/** What a command is answered with that failed for a reason of the broker's. */
export function commandFailed(code: ErrorCode, error: Error): FatalClientError {
  const command = code.slice(2, code.indexOf("_", 2));
  return new FatalClientError(code, `${command} failed ${error.message}`, { cause: error });
}
