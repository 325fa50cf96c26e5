const BYTE = new Uint8Array(1);

/** What somebody else wants takes several turns of the event loop: to be accepted, read, answered. */
const TURNS = 2;

/**
 * Pauses in which the runtime looks for input of others, and they are served. It does so for certain only when nothing is left to do but to wait: a
 * timer would see to that, but takes 2 ms; and what another thread does is often done before. So the process has a connection to
 * itself, and waits for a byte on it: that is heard when all others have been looked at, too. Such a pause takes 0.2 ms (measured).
 */
export class InputPause {
  /** Both ends of that connection: null while there is none. */
  #ends: readonly [Deno.TcpConn, Deno.TcpConn] | null = null;
  #connecting = false;
  #closed = false;
  /** Null while there is no pause. */
  #pause: Promise<void> | null = null;

  /** Resolves after a pause, for all who ask meanwhile. */
  take(): Promise<void> {
    return this.#pause ??= this.#wait().finally(() => this.#pause = null);
  }

  /** Gives the connection back. Pauses there may still be. */
  close(): void {
    this.#closed = true;
    this.#disconnect();
  }

  async #wait(): Promise<void> {
    const ends = this.#ends;
    if (ends !== null) {
      try {
        for (let i = 0; i < TURNS; i++) await echo(ends);
        return;
      } catch {
        this.#disconnect(); // nobody needs this one: without it pauses are longer
      }
    } else if (!this.#connecting && !this.#closed) {
      void this.#connect();
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }

  async #connect(): Promise<void> {
    this.#connecting = true;
    try {
      this.#ends = await connectToSelf();
      if (this.#closed) this.#disconnect();
    } catch {
      // No descriptors are left, or there is no loopback: it is tried again with the next pause.
    } finally {
      this.#connecting = false;
    }
  }

  #disconnect(): void {
    this.#ends?.forEach((end) => end.close());
    this.#ends = null;
  }
}

/** The byte is waited for before it is sent: what is there already would be read without a look at the others. */
async function echo([here, there]: readonly [Deno.TcpConn, Deno.TcpConn]): Promise<void> {
  const [count] = await Promise.all([there.read(new Uint8Array(1)), here.write(BYTE)]);
  if (count === null) throw new Error("connection closed");
}

/** @throws Error if it cannot be had, or somebody else came first */
async function connectToSelf(): Promise<[Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const ends = [
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ] as const;
  try {
    const [here, there] = await Promise.all(ends);
    if (there.remoteAddr.port !== here.localAddr.port) throw new Error("somebody else came first");
    here.setNoDelay(true);
    return [here, there];
  } catch (error) {
    for (const each of ends) each.then((end) => end.close(), () => {}); // the error is told once
    throw error;
  }
}
