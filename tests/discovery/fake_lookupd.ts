/** A listener in place of a lookupd, whose connections `serve` deals with. */
export class FakeLookupd {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections: Deno.Conn[] = [];
  readonly #done: Promise<void>;
  connectionCount = 0;

  constructor(serve: (connection: Deno.Conn) => Promise<void>) {
    this.#done = this.#accept(serve);
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #accept(serve: (connection: Deno.Conn) => Promise<void>): Promise<void> {
    try {
      for await (const connection of this.#listener) {
        this.connectionCount++;
        this.#connections.push(connection);
        serve(connection).catch(() => {}); // the broker hangs up when it likes
      }
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
    await this.#done;
  }
}
