/** What plays an nsqd that is out of its mind, or somebody between the browser and the console that is. */

/** An HTTP server on the loopback; `answer` can be changed while it runs. */
export class FakeDaemon {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(public answer: (url: URL) => Response | Promise<Response>) {
    this.#server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      (request) => this.answer(new URL(request.url)),
    );
  }

  get port(): number {
    return this.#server.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

/** `/stats` and `/info` of a broker with these topics. */
export function brokerWith(topics: unknown): (url: URL) => Response {
  return ({ pathname, port }) => {
    switch (pathname) {
      case "/stats":
        return Response.json({ version: "1.3.0", health: "OK", start_time: 1, topics });
      case "/info":
        return Response.json({
          version: "1.3.0",
          broadcast_address: "127.0.0.1",
          hostname: "fake",
          tcp_port: 1,
          http_port: Number(port),
        });
      default:
        return Response.json({ message: "NOT_FOUND" }, { status: 404 });
    }
  };
}

/** Passes connections on to `port`, and breaks them off after so many bytes of an answer while it is told to. */
export class CuttingProxy implements AsyncDisposable {
  readonly #listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  readonly #open = new Set<Deno.Conn>();
  /** Bytes of an answer that get through; Infinity: all. */
  limit = Infinity;

  constructor(readonly target: number) {
    void this.#accept();
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  async #accept(): Promise<void> {
    for await (const near of this.#listener) {
      const far = await Deno.connect({ port: this.target });
      for (const end of [near, far]) this.#open.add(end);
      const over = () => {
        for (const end of [near, far]) if (this.#open.delete(end)) end.close();
      };
      void pass(near, far, () => Infinity).then(over);
      void pass(far, near, () => this.limit).then(over);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const end of this.#open) end.close();
    this.#open.clear();
    await Promise.resolve();
  }
}

/** Ends when either end does, or the limit is reached. */
async function pass(from: Deno.Conn, to: Deno.Conn, limit: () => number): Promise<void> {
  const buffer = new Uint8Array(16_384);
  let passed = 0;
  try {
    for (;;) {
      const count = await from.read(buffer);
      if (count === null) return;
      let rest = buffer.subarray(0, Math.min(count, Math.max(0, limit() - passed)));
      passed += rest.length;
      while (rest.length > 0) rest = rest.subarray(await to.write(rest));
      if (passed >= limit()) return;
    }
  } catch {
    // One of the two is gone: that is an end, too.
  }
}
