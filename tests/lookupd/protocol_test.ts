/** The V1 protocol, through a real process. Passes with the reference too (`NSQLOOKUPD_REFERENCE`), but for what ours does better. */
import { deepEqual, equal } from "../harness/assert.ts";
import { concat, eventually, int32, isLookupdReference, type Lookupd } from "../harness/mod.ts";
import { Registrant, sized, startLookupd, withDeadline } from "../harness/mod.ts";

let lookupd: Lookupd;
Deno.test.beforeAll(async () => {
  lookupd = await startLookupd();
});
Deno.test.afterAll(() => lookupd[Symbol.asyncDispose]());

/** A test that shares the process: reading its log is an operation that is never finished. */
function test(name: string, fn: () => Promise<void>, ignore = false): void {
  Deno.test({ name, fn, ignore, sanitizeOps: false });
}

const connect = () => Registrant.connect(lookupd.tcpPort);
const identified = (name: string, more = {}) => Registrant.identified(lookupd.tcpPort, name, more);

/** What a fresh connection is told before it is closed. */
async function refusal(...sent: (string | Uint8Array)[]): Promise<string | undefined> {
  using registrant = await connect();
  await registrant.send(...sent);
  const told = await registrant.answer();
  equal(await registrant.answer(), undefined, "the connection stays open");
  return told;
}

/** Each took a second while spaces were trimmed in time by the square of their number. */
const LONG_LINES = 40;
const SOON_MS = 5_000;

const USUAL = '"tcp_port":1,"http_port":2,"version":"v"';
const UNDECODABLE = "E_BAD_BODY IDENTIFY failed to decode JSON body";

test("magic of another protocol is refused", async () => {
  using registrant = await Registrant.connect(lookupd.tcpPort, "  V2");
  equal(await registrant.answer(), "E_BAD_PROTOCOL");
  equal(await registrant.answer(), undefined);
});

test("PING is answered before IDENTIFY and after, whatever follows it", async () => {
  using registrant = await connect();
  await registrant.command("PING", " PING more \r");
  await registrant.identify({ broadcast_address: "a" });
  await registrant.command("PING");
});

test("long lines of spaces cost others no time", async () => {
  using registrant = await connect();
  await registrant.send(`PING${" ".repeat(16_000)}x\n`.repeat(LONG_LINES));
  await withDeadline(registrant.answer(), SOON_MS, "answer to a long line");
  const answer = await withDeadline(lookupd.http("/ping"), SOON_MS, "answer to /ping");
  equal(await answer.text(), "OK");
});

test("unknown commands are fatal", async () => {
  equal(await refusal("ping\n"), "E_INVALID invalid command ping");
  equal(await refusal("\n"), "E_INVALID invalid command ");
  equal(await refusal("SUB a b\n"), "E_INVALID invalid command SUB");
});

test("REGISTER and UNREGISTER want IDENTIFY first", async () => {
  equal(await refusal("REGISTER t\n"), "E_INVALID client must IDENTIFY");
  equal(await refusal("UNREGISTER t\n"), "E_INVALID client must IDENTIFY");
});

test("IDENTIFY answers with who lookupd is", async () => {
  using registrant = await connect();
  deepEqual(JSON.parse(await registrant.identify({ broadcast_address: "a" })), {
    broadcast_address: "127.0.0.1",
    hostname: Deno.hostname(),
    http_port: lookupd.httpPort,
    tcp_port: lookupd.tcpPort,
    version: "1.3.0",
  });
});

test("IDENTIFY is accepted once", async () => {
  using registrant = await identified("a");
  equal(await registrant.ask("IDENTIFY"), "E_INVALID cannot IDENTIFY again");
  equal(await registrant.answer(), undefined);
});

test("IDENTIFY takes keys in any case and unknown ones", async () => {
  using registrant = await connect();
  const body = '{"BROADCAST_ADDRESS":"any-case","Tcp_Port":1,"http_port":2,"version":"v","x":{}}';
  await registrant.send("IDENTIFY\n", sized(body));
  await registrant.answer();
  await registrant.command("REGISTER any_case");
  deepEqual(await lookupd.producers("any_case"), ["any-case"]);
});

test("IDENTIFY refuses bodies that are no JSON, lack a field or have wrong types", async () => {
  const bodies: [body: string, refusal: string][] = [
    ["", UNDECODABLE],
    ["[]", UNDECODABLE],
    ['{"broadcast_address":"a"', UNDECODABLE],
    [`{"broadcast_address":7,${USUAL}}`, UNDECODABLE],
    ['{"broadcast_address":"a","tcp_port":1.5,"http_port":2,"version":"v"}', UNDECODABLE],
    ['{"broadcast_address":"a","tcp_port":1e3,"http_port":2,"version":"v"}', UNDECODABLE],
    ['{"broadcast_address":"a","tcp_port":1,"http_port":2.0,"version":"v"}', UNDECODABLE],
    ["null", "E_BAD_BODY IDENTIFY missing fields"],
    [`{${USUAL}}`, "E_BAD_BODY IDENTIFY missing fields"],
    [
      '{"broadcast_address":"a","tcp_port":0,"http_port":2,"version":"v"}',
      "E_BAD_BODY IDENTIFY missing fields",
    ],
  ];
  for (const [body, expected] of bodies) {
    equal(await refusal("IDENTIFY\n", sized(body)), expected, body);
  }
});

test("IDENTIFY that is cut off is told so", async () => {
  const cuts: [sent: Uint8Array, refusal: string][] = [
    [concat("IDENTIFY\n", int32(5).subarray(0, 2)), "failed to read body size"],
    [concat("IDENTIFY\n", int32(5), "ab"), "failed to read body"],
  ];
  for (const [sent, expected] of cuts) {
    using registrant = await connect();
    await registrant.send(sent);
    await registrant.closeWrite();
    equal(await registrant.answer(), `E_BAD_BODY IDENTIFY ${expected}`);
  }
});

test("IDENTIFY with an absurd size is refused before its body comes", async () => {
  equal(
    await refusal("IDENTIFY\n", int32(-1)),
    "E_BAD_BODY IDENTIFY invalid body size -1",
  );
  equal(
    await refusal("IDENTIFY\n", int32(0x7fffffff)),
    "E_BAD_BODY IDENTIFY body too big 2147483647 > 65536",
  );
}, isLookupdReference);

test("a line without end closes the connection", async () => {
  equal(await refusal("x".repeat(20_000)), undefined);
}, isLookupdReference);

test("REGISTER and UNREGISTER refuse bad names", async () => {
  for (const command of ["REGISTER", "UNREGISTER"]) {
    const refused: [params: string, refusal: string][] = [
      ["", `E_INVALID ${command} insufficient number of params`],
      [" a?b", `E_BAD_TOPIC ${command} topic name 'a?b' is not valid`],
      ["  x", `E_BAD_TOPIC ${command} topic name '' is not valid`],
      [" t a?b", `E_BAD_CHANNEL ${command} channel name 'a?b' is not valid`],
    ];
    for (const [params, expected] of refused) {
      using registrant = await identified("a");
      equal(await registrant.ask(command + params), expected);
      equal(await registrant.answer(), undefined);
    }
  }
});

test("REGISTER makes a producer known at once, with topic and channel", async () => {
  using a = await identified("a", { topology_zone: "z", topology_region: "r", hostname: "h" });
  using b = await identified("b");
  await a.command("REGISTER reg c", "REGISTER reg c", "REGISTER reg");
  await b.command("REGISTER reg");
  deepEqual(await lookupd.producers("reg"), ["a", "b"]);
  deepEqual(await lookupd.channels("reg"), ["c"]);
  const node = (await lookupd.nodes()).find((each) => each.topics?.includes("reg"));
  deepEqual({ ...node, remote_address: "" }, {
    remote_address: "",
    hostname: "h",
    broadcast_address: "a",
    tcp_port: 4150,
    http_port: 4151,
    version: "1.3.0",
    topology_zone: "z",
    topology_region: "r",
    tombstones: [false],
    topics: ["reg"],
  });
});

test("UNREGISTER of a durable topic or channel leaves its name, of an ephemeral one does not", async () => {
  using a = await identified("a");
  await a.command("REGISTER durable c", "REGISTER durable e#ephemeral", "REGISTER gone#ephemeral");
  await a.command("UNREGISTER durable c", "UNREGISTER durable e#ephemeral");
  deepEqual(await lookupd.channels("durable"), ["c"]);
  await a.command("UNREGISTER durable", "UNREGISTER gone#ephemeral", "UNREGISTER unknown x");
  deepEqual(await lookupd.producers("durable"), []);
  const topics = await lookupd.topics();
  deepEqual([topics.includes("durable"), topics.includes("gone#ephemeral")], [true, false]);
});

test("a lost connection takes its producer away and leaves durable names", async () => {
  const a = await identified("lost");
  await a.command("REGISTER lost c");
  deepEqual(await lookupd.producers("lost"), ["lost"]);
  a.close();
  await eventually(async () => deepEqual(await lookupd.producers("lost"), []));
  deepEqual(await lookupd.channels("lost"), ["c"]);
  equal((await lookupd.nodes()).some((node) => node.broadcast_address === "lost"), false);
});

test("a lost connection takes ephemeral names with it", async () => {
  const a = await identified("eph");
  await a.command("REGISTER eph#ephemeral c", "REGISTER kept e#ephemeral");
  a.close();
  await eventually(async () => deepEqual(await lookupd.producers("kept"), []));
  equal((await lookupd.topics()).includes("eph#ephemeral"), false);
  deepEqual(await lookupd.channels("kept"), []);
}, isLookupdReference);

test("commands that come in one piece or byte by byte are answered in order", async () => {
  using a = await identified("pieces");
  await a.send("PING\nREGISTER pieces\nPING\nnope\n");
  deepEqual(
    [await a.answer(), await a.answer(), await a.answer(), await a.answer()],
    ["OK", "OK", "OK", "E_INVALID invalid command nope"],
  );
  using b = await connect();
  for (const byte of "PING\n") await b.send(byte);
  equal(await b.answer(), "OK");
});
