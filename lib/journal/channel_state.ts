import { Exceptions } from "./exceptions.ts";
import { FinishedSet } from "./finished_set.ts";

/** What one channel has done with the messages of its topic. */
export class ChannelState {
  paused = false;
  finished: FinishedSet;
  readonly exceptions = new Exceptions();
  /** Of the messages that are no exception, those before this index were delivered once, the others never. */
  delivered: number;

  /** @param id how events name it; never given to another channel of the topic */
  constructor(readonly id: number, readonly name: string, floor: number) {
    this.finished = new FinishedSet(floor);
    this.delivered = floor;
  }

  /** Messages before `end` that are not finished. */
  depth(end: number): number {
    const { floor } = this.finished;
    return Math.max(0, end - floor) - this.finished.sizeBelow(end);
  }

  /** How often a message that is not finished was delivered. */
  attempts(index: number): number {
    const attempts = this.exceptions.attempts(index);
    return attempts >= 0 ? attempts : Number(index < this.delivered);
  }

  /** Returns false when it was finished. */
  finish(index: number): boolean {
    this.exceptions.delete(index);
    return this.finished.add(index);
  }

  finishRange(first: number, count: number): void {
    const end = first + count;
    if (count < this.exceptions.size) {
      for (let index = first; index < end; index++) this.exceptions.delete(index);
    } else this.#forgetExceptions((index) => first <= index && index < end);
    this.finished.addRange(first, count);
  }

  /** Nothing happens if it is finished. @param dueMs unix ms; 0 for at once */
  except(index: number, attempts: number, dueMs: number): void {
    if (!this.finished.has(index)) this.exceptions.set(index, attempts, dueMs);
  }

  /** All messages before `index` are finished, all from there on are new. */
  moveTo(index: number): void {
    this.finished = new FinishedSet(index);
    this.exceptions.clear();
    this.delivered = index;
  }

  /** There are no messages from `end` on: whatever was said of them is forgotten. */
  cutAt(end: number): void {
    this.finished.cutAt(end);
    this.delivered = Math.min(this.delivered, end);
    this.#forgetExceptions((index) => index >= end);
  }

  #forgetExceptions(isGone: (index: number) => boolean): void {
    const gone: number[] = [];
    this.exceptions.forEach((index) => {
      if (isGone(index)) gone.push(index);
    });
    for (const index of gone) this.exceptions.delete(index);
  }
}
