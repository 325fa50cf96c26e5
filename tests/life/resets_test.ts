/** Clients that connect and reset keep nobody waiting. */
import { ok } from "../harness/assert.ts";
import { frontDoors } from "./front_doors.ts";
import { resetting } from "./resets.ts";

const GOOD_CLIENTS = 10;
const SERVICE_LIMIT_MS = 1_000;

for (const name of ["nsqd TCP", "nsqd HTTP", "lookupd TCP", "lookupd HTTP", "admin HTTP"]) {
  Deno.test(`${name} serves good clients at once while others reset`, async () => {
    await using door = await frontDoors[name]!();
    using probe = await door.connect();
    const { port } = probe.remoteAddr as Deno.NetAddr;
    await using resets = await resetting(port);
    for (let i = 0; i < GOOD_CLIENTS; i++) {
      const startMs = performance.now();
      using conn = await door.connect();
      await door.ask(conn);
      const elapsedMs = performance.now() - startMs;
      ok(elapsedMs < SERVICE_LIMIT_MS, `a good client waited ${elapsedMs} ms`);
    }
    ok(resets.running, "resets went on to the end");
  });
}
