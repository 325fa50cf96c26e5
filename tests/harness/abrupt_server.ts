/** A TCP server that says the same to everybody once they have said something, and hangs up: what is no HTTP server, or a broken one. */
export class AbruptServer {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #accepting: Promise<void>;

  /** @param saying what is said; "" for nothing */
  constructor(saying = "") {
    this.#accepting = this.#accept(new TextEncoder().encode(saying));
  }

  /** `<host>:<port>` */
  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  async #accept(saying: Uint8Array): Promise<void> {
    for await (const connection of this.#listener) {
      try {
        await connection.read(new Uint8Array(65_536));
        if (saying.length > 0) await connection.write(saying);
      } finally {
        connection.close();
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }
}
