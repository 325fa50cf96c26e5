import { deepStrictEqual as deepEqual, rejects, strictEqual as equal } from "node:assert/strict";
import { addressesOf, dial, DialError, type Network } from "./dial.ts";
import type { TcpSocket } from "./runtime/runtime.ts";

/** What an address does: answers, or refuses, after so many ms; or never does anything. */
type Behaviour = { answersMs: number } | { refusesMs: number } | "silent";

/** A network in which `name` has these addresses. Notes what is tried, kept and closed. */
function networkOf(behaviours: Record<string, Behaviour>) {
  const tried: { address: string; atMs: number }[] = [];
  const closed: string[] = [];
  const startMs = performance.now();
  const network: Network = {
    lookup: () => Promise.resolve(Object.keys(behaviours)),
    connect({ hostname, signal }) {
      tried.push({ address: hostname, atMs: performance.now() - startMs });
      const behaviour = behaviours[hostname]!;
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        if (behaviour === "silent") return;
        if ("answersMs" in behaviour) {
          const connection = { hostname, close: () => void closed.push(hostname) };
          setTimeout(() => resolve(connection as unknown as TcpSocket), behaviour.answersMs);
        } else {
          const error = new Error("Connection refused (os error 111)");
          setTimeout(() => reject(error), behaviour.refusesMs);
        }
      });
    },
  };
  return { network, tried, closed };
}

async function addressReached(network: Network): Promise<string> {
  const connection = await dial({ hostname: "name", port: 1 }, {}, network);
  return (connection as unknown as { hostname: string }).hostname;
}

Deno.test("dial goes on at once after a refusal", async () => {
  const { network, tried } = networkOf({ "::1": { refusesMs: 0 }, "127.0.0.1": { answersMs: 0 } });
  equal(await addressReached(network), "127.0.0.1");
  equal(tried.length, 2);
  equal(tried[1]!.atMs < 200, true);
});

Deno.test("dial does not wait more than 250 ms for an address alone", async () => {
  const { network, tried } = networkOf({ "::1": "silent", "10.0.0.1": { answersMs: 0 } });
  equal(await addressReached(network), "10.0.0.1");
  equal(tried[1]!.atMs >= 240, true);
});

Deno.test("dial keeps the first that answers, though it was tried first, and closes the other", async () => {
  const { network, closed } = networkOf({
    "10.0.0.1": { answersMs: 300 },
    "10.0.0.2": { answersMs: 400 },
  });
  network.connect = withoutSignal(network.connect); // an answer that crosses with the abort
  equal(await addressReached(network), "10.0.0.1");
  await new Promise((resolve) => setTimeout(resolve, 450));
  deepEqual(closed, ["10.0.0.2"]);
});

Deno.test("dial says of each address why it failed", async () => {
  const refused = networkOf({ "::1": { refusesMs: 0 }, "127.0.0.1": { refusesMs: 0 } });
  await rejects(dial({ hostname: "name", port: 7 }, {}, refused.network), {
    name: "DialError",
    message: "[::1]:7: connection refused; 127.0.0.1:7: connection refused",
    isTimeout: false,
  });
  const mixed = networkOf({
    "::1": "silent",
    "10.0.0.1": { refusesMs: 0 },
    "fe80::1": "silent",
  });
  await rejects(dial({ hostname: "name", port: 7 }, { timeoutMs: 400 }, mixed.network), {
    name: "DialError",
    message: "[::1]:7: i/o timeout; 10.0.0.1:7: connection refused; [fe80::1]:7: i/o timeout",
    isTimeout: true,
  });
});

Deno.test("dial gives up a look-up that takes too long, and one that fails", async () => {
  const lookup = () => new Promise<string[]>(() => {});
  const { network } = networkOf({});
  await rejects(dial({ hostname: "slow", port: 7 }, { timeoutMs: 10 }, { ...network, lookup }), {
    message: "look-up of slow: i/o timeout",
  });
  await rejects(dial({ hostname: "none", port: 7 }, {}, network), {
    message: "look-up of none: no address",
  });
  await rejects(dial({ hostname: "name.invalid", port: 7 }), DialError);
});

Deno.test("dial stops with the signal's reason", async () => {
  const stop = new AbortController();
  const { network, tried } = networkOf({ "::1": "silent", "127.0.0.1": { answersMs: 0 } });
  const connection = dial({ hostname: "name", port: 7 }, { signal: stop.signal }, network);
  stop.abort(new Error("enough"));
  await rejects(connection, { message: "enough" });
  await rejects(dial({ hostname: "name", port: 7 }, { signal: stop.signal }, network), {
    message: "enough",
  });
  equal(tried.length < 2, true);
});

Deno.test("addressesOf takes the two families in turn, the system's first one first", async () => {
  const lookup = (addresses: string[]) => ({ lookup: () => Promise.resolve(addresses) });
  deepEqual(
    await addressesOf("name", lookup(["::1", "::2", "::2", "10.0.0.1", "::3"])),
    ["::1", "10.0.0.1", "::2", "::3"],
  );
  deepEqual(
    await addressesOf("name", lookup(["10.0.0.1", "::1", "::2"])),
    ["10.0.0.1", "::1", "::2"],
  );
  deepEqual(await addressesOf("10.0.0.9"), ["10.0.0.9"]);
  deepEqual(await addressesOf("fe80::1%lo"), ["fe80::1%lo"]);
  deepEqual(await addressesOf(""), ["127.0.0.1"]);
});

function withoutSignal(connect: Network["connect"]): Network["connect"] {
  return (to) => connect({ ...to, signal: new AbortController().signal });
}
