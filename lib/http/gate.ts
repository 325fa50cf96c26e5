import type { Connection } from "./api.ts";
import type { HttpRequest } from "./request.ts";
import type { RequestHandler } from "./serve.ts";

/** Keeps requests waiting that come while a daemon that listens already is still starting. */
export class Gate implements RequestHandler {
  readonly #handler: RequestHandler;
  readonly #opened = Promise.withResolvers<void>();
  #isOpen = false;

  constructor(handler: RequestHandler) {
    this.#handler = handler;
  }

  /** From now on requests are answered, those that wait too. */
  open(): void {
    this.#isOpen = true;
    this.#opened.resolve();
  }

  handle(request: HttpRequest, connection: Connection): Promise<Response> {
    if (this.#isOpen) return this.#handler.handle(request, connection);
    return this.#opened.promise.then(() => this.#handler.handle(request, connection));
  }
}
