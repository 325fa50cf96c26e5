/** Stands between a client and an nsqd: breaks connections, or lets bytes through in small pieces. */

/** Listens on a free port of the loopback, and connects to `port` for each connection. */
export class Proxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #sockets = new Set<Deno.TcpConn>();
  readonly #running: Promise<void>[] = [];

  /** @param pieceBytes of what nsqd sends, so much is handed on at a time */
  constructor(readonly port: number, readonly pieceBytes = Infinity) {
    this.#running.push(this.#accept());
  }

  get address(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends all connections that there are. */
  breakConnections(): void {
    for (const socket of this.#sockets) socket.close();
    this.#sockets.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.breakConnections();
    await Promise.all(this.#running);
  }

  async #accept(): Promise<void> {
    for await (const client of this.#listener) {
      const nsqd = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
      for (const socket of [client, nsqd]) {
        socket.setNoDelay();
        this.#sockets.add(socket);
      }
      this.#running.push(
        this.#pass(client, nsqd, Infinity),
        this.#pass(nsqd, client, this.pieceBytes),
      );
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, pieceBytes: number): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (;;) {
        const count = await from.read(buffer);
        if (count === null) break;
        for (let at = 0; at < count;) {
          at += await to.write(buffer.subarray(at, Math.min(count, at + pieceBytes)));
        }
      }
    } catch (error) {
      if (this.#sockets.has(from) && this.#sockets.has(to)) throw error;
    } finally {
      for (const socket of [from, to]) if (this.#sockets.delete(socket)) socket.close();
    }
  }
}
