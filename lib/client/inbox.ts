import type { Message } from "./message.ts";

/** Messages that wait for a `for await` loop. */
export class Inbox {
  #messages: Message[] = [];
  #next = 0;
  #isClosed = false;
  #wake: () => void = () => {};

  readonly take = (message: Message): void => {
    this.#messages.push(message);
    this.#wake();
  };

  /** No further message will come. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  /** The next message; undefined when none will come. */
  async next(): Promise<Message | undefined> {
    for (;;) {
      const message = this.shift();
      if (message !== undefined || this.#isClosed) return message;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** The next message that is here. */
  shift(): Message | undefined {
    const message = this.#messages[this.#next];
    if (message === undefined) return undefined;
    this.#next++;
    if (this.#next === this.#messages.length) {
      this.#messages = [];
      this.#next = 0;
    }
    return message;
  }
}
