import type { Message, MessageOwner } from "./message.ts";

/** Fewer than this that were taken out are not worth moving the others for. */
const MIN_GONE = 64;

/** Messages that wait to be looked at, first come first served. Takes memory for those that wait, however many have passed. */
export class MessageQueue {
  #messages: Message[] = [];
  /** The first of those that wait. */
  #next = 0;

  get length(): number {
    return this.#messages.length - this.#next;
  }

  push(message: Message): void {
    this.#messages.push(message);
  }

  /** Takes out the one that has waited for longest. */
  shift(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#messages.length) this.#messages.length = this.#next = 0;
    else if (this.#next >= MIN_GONE && 2 * this.#next > this.#messages.length) {
      this.#messages.splice(0, this.#next);
      this.#next = 0;
    }
    return message;
  }

  /** Forgets those of a connection that is over: their nsqd delivers them again. */
  forget(owner: MessageOwner): void {
    this.#messages = this.#messages.filter((each, i) => i >= this.#next && each.owner !== owner);
    this.#next = 0;
  }
}
