import type { Message } from "./message.ts";
import type { MessageQueue } from "./message_queue.ts";

/** Where messages wait for a `for await` loop. */
export class Inbox {
  readonly #waiting: MessageQueue;
  #isClosed = false;
  #wake: () => void = () => {};

  constructor(waiting: MessageQueue) {
    this.#waiting = waiting;
  }

  readonly take = (message: Message): void => {
    this.#waiting.push(message);
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
      const message = this.#waiting.shift();
      if (message !== undefined || this.#isClosed) return message;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }
}
