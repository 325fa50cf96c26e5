/** Clients that come all at once, while a daemon is busy, wait for it: their system does not have to try again. */
import { equal } from "../harness/assert.ts";
import { frontDoors } from "./front_doors.ts";

/** More than the runtime's own queue holds. */
const CLIENTS = 1_000;

/** A system tries again after a second. */
const CONNECT_LIMIT_MS = 900;

/** Those of `connecting` that have been connected in time. */
async function inTime(connecting: Promise<Deno.Conn>[]): Promise<Deno.Conn[]> {
  const connected: Deno.Conn[] = [];
  const limit = Promise.withResolvers<void>();
  const timer = setTimeout(limit.resolve, CONNECT_LIMIT_MS);
  const all = Promise.all(connecting.map(async (each) => connected.push(await each)));
  await Promise.race([all, limit.promise]);
  clearTimeout(timer);
  return [...connected];
}

for (const name of ["nsqd TCP", "nsqd HTTP", "lookupd TCP", "lookupd HTTP", "admin HTTP"]) {
  Deno.test(`${name} has room for a thousand that come at once`, async () => {
    await using door = await frontDoors[name]!();
    Deno.kill(door.daemon.pid, "SIGSTOP");
    const connecting = Array.from({ length: CLIENTS }, () => door.connect());
    const connected = await inTime(connecting);
    Deno.kill(door.daemon.pid, "SIGCONT");
    equal(connected.length, CLIENTS, `${connected.length} of ${CLIENTS} had room`);
    for (const conn of [connected[0]!, connected.at(-1)!]) await door.ask(conn);
    for (const each of connecting) (await each).close();
  });
}
