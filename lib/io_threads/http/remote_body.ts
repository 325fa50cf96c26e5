import { HttpToThread } from "./entries.ts";

/** Asks the thread for what it reads. */
export interface BodySource {
  tell(kind: number): void;
}

interface Waiting {
  resolve(piece: Uint8Array | null): void;
  reject(error: Error): void;
}

/** A request's body, of which the thread reads a piece when it is asked for one: so it holds the client up until somebody wants it. */
export class RemoteBody {
  readonly #source: BodySource;
  #waiting: Waiting | null = null;
  #ended = false;
  #failure: Error | null = null;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** Waits for the next piece; null behind the last one. Not called again before it has resolved. */
  next(): Promise<Uint8Array | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#source.tell(HttpToThread.WantBody);
    });
  }

  /** Nobody wants the rest. */
  drop(): void {
    if (this.#ended || this.#failure !== null) return;
    this.#ended = true;
    this.#source.tell(HttpToThread.DropBody);
    this.#take()?.resolve(null);
  }

  onPiece(piece: Uint8Array): void {
    this.#take()?.resolve(piece);
  }

  onEnd(): void {
    this.#ended = true;
    this.#take()?.resolve(null);
  }

  fail(error: Error): void {
    this.#failure ??= error;
    this.#take()?.reject(error);
  }

  #take(): Waiting | null {
    const waiting = this.#waiting;
    this.#waiting = null;
    return waiting;
  }
}
