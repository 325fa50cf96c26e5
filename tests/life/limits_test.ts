/** At the limit of open files every listener waits for room, and harms nobody who is there. */
import { eventually, pause } from "../harness/mod.ts";
import { allowFewMoreFiles, allowManyFiles } from "./descriptors.ts";
import { type FrontDoor, frontDoors } from "./front_doors.ts";

/** More connections than {@link allowFewMoreFiles} leaves room for. */
const CROWD = 30;
/** The process stays that long at its limit: longer than an accept loop waits before it tries again. */
const AT_LIMIT_MS = 1_500;
/** How a listener at its limit may turn somebody away; the last one is a Unix socket's. Who is turned away at once is not even connected. */
const { ConnectionRefused, ConnectionReset, NotConnected, NotFound } = Deno.errors;
const REFUSALS = [ConnectionRefused, ConnectionReset, NotConnected, NotFound];

for (const [name, open] of Object.entries(frontDoors)) {
  Deno.test(`${name} survives the limit of open files`, async () => {
    await using door = await open();
    using present = await door.connect();
    await door.ask(present);
    await allowFewMoreFiles(door.daemon.pid);
    {
      using _crowd = await Crowd.come(door);
      await pause(AT_LIMIT_MS);
      await door.ask(present);
      await allowManyFiles(door.daemon.pid);
      await expectService(door);
    }
    await door.ask(present);
    await door.daemon.waitForLog(/ (TCP|HTTP): .*temporary Accept\(\) failure/);
  });

  Deno.test(`${name} serves again when those have gone who took all files`, async () => {
    await using door = await open();
    await allowFewMoreFiles(door.daemon.pid);
    const crowd = await Crowd.come(door);
    await pause(AT_LIMIT_MS);
    crowd[Symbol.dispose]();
    await expectService(door);
  });
}

for (const name of ["nsqd TCP", "lookupd TCP"]) {
  Deno.test(`${name} keeps in its queue who came at the limit`, async () => {
    await using door = await frontDoors[name]!();
    await allowFewMoreFiles(door.daemon.pid);
    using crowd = await Crowd.come(door);
    await door.daemon.waitForLog(/ TCP: temporary Accept\(\) failure .*limit of open files/);
    await allowManyFiles(door.daemon.pid);
    for (const conn of crowd.conns) await door.ask(conn);
  });
}

/** Somebody new is served, at the address where the listener always was. */
async function expectService(door: FrontDoor): Promise<void> {
  await eventually(async () => {
    using conn = await door.connect();
    await door.ask(conn);
  });
}

/** Connections that say nothing. */
class Crowd {
  readonly conns: Deno.Conn[] = [];

  /** Connects until there is no more room, or nobody to connect to. */
  static async come(door: FrontDoor): Promise<Crowd> {
    const crowd = new Crowd();
    for (let i = 0; i < CROWD; i++) {
      try {
        crowd.conns.push(await door.connect());
      } catch (error) {
        if (!REFUSALS.some((refusal) => error instanceof refusal)) throw error;
      }
    }
    return crowd;
  }

  [Symbol.dispose](): void {
    for (const conn of this.conns.splice(0)) conn.close();
  }
}
