/** The log at level debug: what each client says, and is sent. */
import { deepEqual, equal, ok } from "../harness/assert.ts";
import { Client } from "../harness/client.ts";
import { type Nsqd, startNsqd } from "../harness/nsqd.ts";
import { betterThanReference } from "../harness/target.ts";
import { concat, messageBatch, sized } from "../harness/wire.ts";

/** What the log says of a client so far at level debug, without the times. */
function debugLines(nsqd: Nsqd, client: Client): string[] {
  return nsqd.logLines.filter((line) => line.includes(client.localAddress))
    .flatMap((line) => / DEBUG: (.*)$/.exec(line)?.[1] ?? [])
    .map((line) => line.replaceAll(client.localAddress, "ADDR"));
}

/** Ends the connection and gives its debug lines. */
async function lastDebugLines(nsqd: Nsqd, client: Client): Promise<string[]> {
  client.close();
  await nsqd.waitForLog(new RegExp(`\\[${client.localAddress}\\] exiting ioloop`));
  return debugLines(nsqd, client);
}

async function setLevel(nsqd: Nsqd, level: string): Promise<void> {
  const response = await nsqd.http("/config/log_level", { method: "PUT", body: level });
  equal(response.status, 200, await response.text());
}

Deno.test("at debug, the log has each command of each client, and each message that is sent", async () => {
  await using nsqd = await startNsqd({ flags: ["--log-level=debug"] });
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: "c" });
  await client.send("PUB t\r\n", sized("one"), "PUB t\n", sized("two"));
  await client.send("MPUB t\n", sized(messageBatch(["three"])), "DPUB t 0\n", sized("four"));
  for (let i = 0; i < 4; i++) await client.expectResponse("OK");
  await client.subscribe("t", "c", 1);
  const { id, body } = await client.nextMessage();
  equal(body, "one");
  await client.send(`TOUCH ${id}\n`, `REQ ${id} 60000\n`);
  const second = await client.nextMessage();
  await client.send(`FIN ${second.id}\n`);
  const third = await client.nextMessage();
  await client.send("NOP \n", "CLS\n", "FOO  bar\n");
  await client.expectResponse("CLOSE_WAIT");
  await client.expectFatalError("E_INVALID invalid command FOO");
  const lines = await lastDebugLines(nsqd, client);
  const commands = lines.flatMap((line) =>
    /^PROTOCOL\(V2\): \[ADDR\] \[(.*)\]$/.exec(line)?.[1] ?? []
  );
  deepEqual(commands, [
    ...["IDENTIFY", "PUB t", "PUB t", "MPUB t", "DPUB t 0", "SUB t c", "RDY 1"],
    ...[`TOUCH ${id}`, `REQ ${id} 60000`, `FIN ${second.id}`, "NOP ", "CLS", "FOO  bar"],
  ]);
  deepEqual(lines.filter((line) => line.includes("writing msg")), [
    `PROTOCOL(V2): writing msg(${id}) to client(ADDR) - one`,
    `PROTOCOL(V2): writing msg(${second.id}) to client(ADDR) - two`,
    `PROTOCOL(V2): writing msg(${third.id}) to client(ADDR) - three`,
  ]);
  ok(lines.includes("[ADDR] state rdy:    1 inflt:    0"), lines.join("\n"));
});

Deno.test("the level may change while clients are at work, in the middle of a command too", async () => {
  await using nsqd = await startNsqd();
  using client = await Client.connect(nsqd.tcpPort);
  const half = concat("PUB t\n", sized("first half, second half"));
  await client.publish("t", "before");
  await client.send(half.subarray(0, 20));
  await setLevel(nsqd, "debug");
  await client.send(half.subarray(20), "NOP\n", "PUB t\n", sized("again"));
  await client.expectResponse("OK");
  await client.expectResponse("OK");
  await client.send(half.subarray(0, 20));
  await setLevel(nsqd, "info");
  await client.send(half.subarray(20), "PUB t\n", sized("after"));
  await client.expectResponse("OK");
  await client.expectResponse("OK");
  equal((await nsqd.topic("t")).message_count, 5);
  const lines = await lastDebugLines(nsqd, client);
  const nop = lines.indexOf("PROTOCOL(V2): [ADDR] [NOP]");
  equal(lines[nop + 1], "PROTOCOL(V2): [ADDR] [PUB t]");
  ok(lines.length <= nop + 3, lines.join("\n"));
});

betterThanReference(
  "at debug, messages of any size and bytes are logged, a line each",
  async () => {
    await using nsqd = await startNsqd({ flags: ["--log-level=debug", "--log-prefix="] });
    using client = await Client.connect(nsqd.tcpPort);
    const bodies = ["x", "a".repeat(100_000), "\xff\0binary", "two\nlines\x1b[31m", "last"];
    await client.publishBatch("t", bodies);
    await client.subscribe("t", "c", bodies.length);
    await client.nextMessages(bodies.length);
    const lines = (await lastDebugLines(nsqd, client)).filter((line) => line.includes("writing"));
    equal(lines.length, bodies.length, nsqd.log().slice(0, 2000));
    deepEqual(lines.map((line) => line.split(" - ")[1]!.slice(-15)), [
      ...["x", "a".repeat(15), "\xff\\x00binary", "two\\nlines\\x1b[31m".slice(-15), "last"],
    ]);
  },
);
