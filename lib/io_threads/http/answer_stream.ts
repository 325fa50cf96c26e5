/** An answer's body that comes from the core piece by piece: one is asked for when the client has taken the one before. */
export class AnswerStream implements UnderlyingDefaultSource<Uint8Array> {
  readonly #onTaken: () => void;
  readonly #onStopped: () => void;
  readonly #pieces: Uint8Array[] = [];
  /** Whether a piece was handed out of which the core does not know that it was taken. */
  #isTaking = false;
  #ended = false;
  #cancelled = false;
  #failure: Error | null = null;
  /** Resolves the wait for something to hand out. */
  #wake = () => {};

  /**
   * @param onTaken the client has taken a piece
   * @param onStopped the client has gone
   */
  constructor(onTaken: () => void, onStopped: () => void) {
    this.#onTaken = onTaken;
    this.#onStopped = onStopped;
  }

  add(piece: Uint8Array): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#wake();
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    if (this.#isTaking) this.#onTaken();
    this.#isTaking = false;
    while (this.#isWaiting()) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#cancelled) return; // nobody wants to know how it ends
    const piece = this.#pieces.shift();
    if (piece !== undefined) {
      this.#isTaking = true;
      controller.enqueue(piece);
    } else if (this.#failure !== null) controller.error(this.#failure);
    else controller.close();
  }

  cancel(): void {
    this.#cancelled = true;
    this.#wake();
    this.#onStopped();
  }

  #isWaiting(): boolean {
    return this.#pieces.length === 0 && !this.#ended && !this.#cancelled && this.#failure === null;
  }
}
