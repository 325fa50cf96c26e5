/** accept: clients that reset, and the limit of open files, starve nobody who is there and nobody who comes after. */
import { type Daemon, eventually, pause, startLookupd } from "../../tests/harness/mod.ts";
import { allowFewMoreFiles, allowManyFiles } from "../../tests/life/descriptors.ts";
import { type FrontDoor, frontDoor } from "../../tests/life/front_doors.ts";
import { resetting } from "../../tests/life/resets.ts";
import { type Fault, type FaultContext, startBroker } from "./fault.ts";
import { withinLimit } from "./limit.ts";

const SERVICE_LIMIT_MS = 1_000;
/** An HTTP listener is looked at every second. */
const BACK_LIMIT_MS = 2_000;
const ATTACK_MS = 10_000;
const ATTACK_SHORT_MS = 2_000;
/** More than there is room for at the limit. */
const CROWD = 100;
/** How long the crowd stays, at most: how long is random. */
const LIMIT_MS = 2_000;
const ROUNDS = 10;
const ROUNDS_SHORT = 2;

export const accept: Fault = { name: "accept", mostlyWaits: true, run };

async function run(context: FaultContext): Promise<string> {
  await using nsqd = await startBroker(context);
  await using lookupd = await startLookupd();
  const figures: string[] = [];
  for (const [daemon, transport] of doorsOf(nsqd, lookupd)) {
    const door = frontDoor(daemon, transport);
    const resetMs = await serveWhileOthersReset(context, door);
    const backMs = await comeBackFromTheLimit(context, door);
    figures.push(`${daemon.role} ${transport} ${resetMs}/${backMs} ms`);
  }
  return `slowest good client among resets / back after the limit: ${figures.join(", ")}`;
}

function doorsOf(...daemons: Daemon[]): [Daemon, "tcp" | "http"][] {
  return daemons.flatMap((each): [Daemon, "tcp" | "http"][] => [[each, "tcp"], [each, "http"]]);
}

/** How long the slowest of good clients waits while others connect and reset. */
async function serveWhileOthersReset(context: FaultContext, door: FrontDoor): Promise<number> {
  using probe = await door.connect();
  await using _resets = await resetting((probe.remoteAddr as Deno.NetAddr).port);
  const endMs = performance.now() + (context.short ? ATTACK_SHORT_MS : ATTACK_MS);
  let slowestMs = 0;
  while (performance.now() < endMs) {
    slowestMs = Math.max(slowestMs, await serviceMs(door));
    await pause(20);
  }
  withinLimit(slowestMs < SERVICE_LIMIT_MS, `a good client waited ${slowestMs} ms`);
  return slowestMs;
}

/** How long it takes, at worst, until somebody new is served after the limit of open files was lifted. */
async function comeBackFromTheLimit(context: FaultContext, door: FrontDoor): Promise<number> {
  using present = await door.connect();
  await door.ask(present);
  let slowestMs = 0;
  for (let round = 0; round < (context.short ? ROUNDS_SHORT : ROUNDS); round++) {
    await allowFewMoreFiles(door.daemon.pid);
    using crowd = new DisposableStack();
    for (let i = 0; i < CROWD; i++) {
      const conn = await door.connect().catch(() => null); // turned away
      if (conn !== null) crowd.use(conn);
    }
    await pause(context.random.below(LIMIT_MS));
    await door.ask(present);
    await allowManyFiles(door.daemon.pid);
    const startMs = performance.now();
    await eventually(() => serviceMs(door));
    slowestMs = Math.max(slowestMs, Math.round(performance.now() - startMs));
  }
  withinLimit(slowestMs < BACK_LIMIT_MS, `back after ${slowestMs} ms`);
  return slowestMs;
}

/** How long a new client waits for its answer, in ms. */
async function serviceMs(door: FrontDoor): Promise<number> {
  const startMs = performance.now();
  using conn = await door.connect();
  await door.ask(conn);
  return Math.round(performance.now() - startMs);
}
