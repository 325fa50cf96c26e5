import { deepStrictEqual as deepEqual, strictEqual as equal, throws } from "node:assert/strict";
import { type Listener, openListeners } from "./listeners.ts";

function hosts(hostname: string): string[] {
  const listeners = openListeners({ transport: "tcp", hostname, port: 0 });
  for (const listener of listeners) listener.close();
  return listeners.map(({ addr }) => (addr as Deno.NetAddr).hostname);
}

/** Runs `body` on a system that answers `refuse`'s error instead of listening. */
function withSystem(refuse: (at: Deno.NetAddr) => Error | null, body: () => void): void {
  const original = Deno.listen;
  const listen = (at: Deno.NetAddr) => {
    const error = refuse(at);
    if (error !== null) throw error;
    return { addr: { ...at, transport: "tcp" }, close() {} };
  };
  try {
    Deno.listen = listen as unknown as typeof Deno.listen;
    body();
  } finally {
    Deno.listen = original;
  }
}

Deno.test("openListeners serves both families on every interface, and one on an address", async () => {
  for (const hostname of ["", "0.0.0.0", "::"]) deepEqual(hosts(hostname), ["::"]);
  for (const hostname of ["127.0.0.1", "::1"]) deepEqual(hosts(hostname), [hostname]);
  const listeners = openListeners({ transport: "tcp", hostname: "0.0.0.0", port: 0 });
  const { port } = listeners[0]!.addr as Deno.NetAddr;
  for (const hostname of ["127.0.0.1", "::1"]) {
    const accepted = listeners[0]!.accept();
    (await Deno.connect({ hostname, port })).close();
    (await accepted).close();
  }
  listeners[0]!.close();
});

Deno.test("openListeners takes IPv4 alone where there is no IPv6", () => {
  const noIpv6 = ({ hostname }: Deno.NetAddr) =>
    hostname === "::" ? Object.assign(new Error("no such family"), { code: "EAFNOSUPPORT" }) : null;
  withSystem(noIpv6, () => deepEqual(hosts("0.0.0.0"), ["0.0.0.0"]));
});

Deno.test("openListeners opens one for each family where the system keeps them apart", () => {
  withSystem(() => null, () => deepEqual(hosts("0.0.0.0"), ["::", "0.0.0.0"]));
});

Deno.test("openListeners does not make do with one family when the port is taken", () => {
  const [taken] = openListeners({ transport: "tcp", hostname: "::1", port: 0 }) as [Listener];
  const { port } = taken.addr as Deno.NetAddr;
  const open = () => openListeners({ transport: "tcp", hostname: "0.0.0.0", port });
  throws(open, Deno.errors.AddrInUse);
  taken.close();
  const listeners = open();
  equal(listeners.length, 1);
  listeners[0]!.close();
});
