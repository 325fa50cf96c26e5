import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { createLogger } from "../log/logger.ts";
import { Acceptor } from "./acceptor.ts";
import type { Listener } from "./listeners.ts";
import { plainAddress, type Socket } from "./peer.ts";

const PORT = 4150;

function failure(code: string): Error {
  return Object.assign(new Error(`${code} happened`), { code });
}

/** A connection from `hostname` that does nothing. */
class FakeSocket {
  closed = false;
  readonly remoteAddr: Deno.NetAddr;

  constructor(hostname: string) {
    this.remoteAddr = { transport: "tcp", hostname, port: 1 };
  }

  setNoDelay(): void {}
  setKeepAlive(): void {}
  close(): void {
    this.closed = true;
  }
}

/** Hands out what a test tells it to: connections and errors, in order. */
class FakeListener {
  readonly addr: Deno.NetAddr = { transport: "tcp", hostname: "::", port: PORT };
  readonly #results: (FakeSocket | Error)[];
  readonly #closing = Promise.withResolvers<never>();

  constructor(...results: (FakeSocket | Error)[]) {
    this.#results = results;
    this.#closing.promise.catch(() => {}); // nobody may be waiting
  }

  accept(): Promise<FakeSocket> {
    const result = this.#results.shift();
    if (result === undefined) return this.#closing.promise;
    return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
  }

  close(): void {
    this.#closing.reject(new Deno.errors.BadResource("closed"));
  }
}

function newAcceptor(listeners: FakeListener[], wanted: number, refuse = "") {
  const log: string[] = [];
  const taken: string[] = [];
  const all = Promise.withResolvers<void>();
  const write = (line: Uint8Array) => void log.push(new TextDecoder().decode(line));
  const acceptor = new Acceptor(listeners as unknown as Listener[], {
    name: "TCP",
    logger: createLogger({ level: 1, prefix: "", format: "text", write }),
    nowMs: () => performance.now(),
    take(_socket: Socket, { name, hostname }) {
      if (hostname === refuse) throw new Error("will not do");
      if (taken.push(name) === wanted) all.resolve();
    },
  });
  acceptor.start();
  const stop = () => {
    acceptor.stop();
    return acceptor.done();
  };
  return { acceptor, log, taken, all: all.promise, stop };
}

for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
  Deno.test(`Acceptor waits at ${code}, says what is missing, and goes on`, async () => {
    const listener = new FakeListener(failure(code), new FakeSocket("::ffff:10.0.0.1"));
    const startMs = performance.now();
    const { log, taken, all, stop } = newAcceptor([listener], 1);
    await all;
    ok(performance.now() - startMs >= 45, "a pause");
    deepEqual(taken, ["10.0.0.1:1"]);
    match(log[1]!, /WARNING: TCP: temporary Accept\(\) failure - .*: the (process|system) has /);
    await stop();
  });
}

for (const code of ["ECONNABORTED", "ENOTCONN", "ECONNRESET", "EPERM"]) {
  Deno.test(`Acceptor goes on at once at ${code}`, async () => {
    const failures = Array.from({ length: 1000 }, () => failure(code));
    const listener = new FakeListener(...failures, new FakeSocket("::1"));
    const startMs = performance.now();
    const { log, taken, all, stop } = newAcceptor([listener], 1);
    await all;
    ok(performance.now() - startMs < 1000, "no pauses");
    deepEqual(taken, ["[::1]:1"]);
    equal(log.filter((line) => line.includes("WARNING")).length, code === "EPERM" ? 1 : 0);
    await stop();
  });
}

Deno.test("Acceptor closes a connection that cannot be taken, and goes on", async () => {
  const broken = new FakeSocket("10.0.0.1");
  const listener = new FakeListener(broken, new FakeSocket("10.0.0.2"));
  const { taken, all, stop } = newAcceptor([listener], 1, "10.0.0.1");
  await all;
  deepEqual([broken.closed, taken], [true, ["10.0.0.2:1"]]);
  await stop();
});

Deno.test("Acceptor takes from all its listeners and ends a pause when it is stopped", async () => {
  const listeners = [
    new FakeListener(new FakeSocket("10.0.0.1"), failure("EMFILE")),
    new FakeListener(new FakeSocket("10.0.0.2")),
  ];
  const { acceptor, log, taken, all, stop } = newAcceptor(listeners, 2);
  await all;
  await stop();
  equal(acceptor.port, PORT);
  deepEqual(taken.sort(), ["10.0.0.1:1", "10.0.0.2:1"]);
  match(log[0]!, /INFO: TCP: listening on \[::\]:4150\n/);
  match(log.at(-1)!, /INFO: TCP: closing \[::\]:4150\n/);
});

Deno.test("plainAddress unwraps IPv4 and leaves IPv6 alone", () => {
  const addresses = ["::ffff:127.0.0.1", "127.0.0.1", "::1", "::ffff:0:1", "fe80::ffff:1.2.3.4"];
  deepEqual(addresses.map(plainAddress), ["127.0.0.1", ...addresses.slice(1)]);
});
