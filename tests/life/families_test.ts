/** Every interface means IPv4 and IPv6; an address means just that; and IPv4 addresses look like IPv4 addresses. */
import { deepEqual, match } from "../harness/assert.ts";
import { Client, type Daemon, Registrant, startAdmin } from "../harness/mod.ts";
import { startLookupd, startNsqd } from "../harness/mod.ts";
import { type FrontDoor, frontDoor } from "./front_doors.ts";

const FAMILIES = { "127.0.0.1": "IPv4", "::1": "IPv6" };
const ADMIN_NEEDS = "--nsqd-http-address=127.0.0.1:1";

/** Which families a listener answers. */
async function answered(door: (hostname: string) => FrontDoor): Promise<string[]> {
  const answered: string[] = [];
  for (const [hostname, family] of Object.entries(FAMILIES)) {
    const { connect, ask } = door(hostname);
    try {
      using conn = await connect();
      await ask(conn);
      answered.push(family);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
    }
  }
  return answered;
}

function at(address: string): string[] {
  return [`--tcp-address=${address}`, `--http-address=${address}`];
}

/** Starts a daemon at an address. Its harness asks it once on 127.0.0.1, which an IPv6 address does not answer. */
const daemons: Record<string, (address: string) => Promise<Daemon>> = {
  nsqd: (address) => startNsqd({ flags: at(address) }),
  lookupd: (address) => startLookupd({ flags: at(address) }),
  admin: (address) => startAdmin({ flags: [`--http-address=${address}`, ADMIN_NEEDS] }),
};

for (const [role, start] of Object.entries(daemons)) {
  for (const address of ["0.0.0.0:0", ":0", "[::]:0"]) {
    Deno.test(`${role} at ${address} answers on both families, on one port`, async () => {
      await using daemon = await start(address);
      for (const transport of role === "admin" ? ["http"] as const : ["tcp", "http"] as const) {
        const door = (hostname: string) => frontDoor(daemon, transport, { hostname });
        deepEqual(await answered(door), ["IPv4", "IPv6"], transport);
        match(daemon.log(), new RegExp(` ${transport.toUpperCase()}: listening on \\[::\\]:\\d+`));
      }
    });
  }

  Deno.test(`${role} at 127.0.0.1 answers there alone`, async () => {
    await using daemon = await start("127.0.0.1:0");
    const door = (hostname: string) => frontDoor(daemon, "http", { hostname });
    deepEqual(await answered(door), ["IPv4"]);
  });
}

Deno.test("nsqd at [::1] answers there alone", async () => {
  await using nsqd = await startNsqd({ flags: ["--tcp-address=[::1]:0"] });
  deepEqual(await answered((hostname) => frontDoor(nsqd, "tcp", { hostname })), ["IPv6"]);
});

Deno.test("nsqd at every interface shows IPv4 clients by their IPv4 address", async () => {
  await using nsqd = await startNsqd({ flags: at("0.0.0.0:0") });
  using client = await Client.connect(nsqd.tcpPort);
  await client.subscribe("t", "ch");
  const { clients } = await nsqd.channel("t", "ch");
  match(String(clients?.[0]?.["remote_address"]), /^127\.0\.0\.1:\d+$/);
  match(await nsqd.waitForLog(/ GET \/stats/), /\(127\.0\.0\.1:\d+\)/);
  deepEqual(nsqd.logLines.filter((line) => line.includes("::ffff:")), []);
});

Deno.test("lookupd at every interface shows IPv4 brokers by their IPv4 address", async () => {
  await using lookupd = await startLookupd({ flags: at("0.0.0.0:0") });
  using _registrant = await Registrant.identified(lookupd.tcpPort, "a");
  const [node] = await lookupd.nodes();
  match(node!.remote_address, /^127\.0\.0\.1:\d+$/);
});
