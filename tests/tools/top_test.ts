/** `nsq top` against a live nsqd, into a pipe and in a terminal. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { Client, type Nsqd, runTool, startNsqd, toolCommand } from "../harness/mod.ts";
import { projectFolder } from "../harness/target.ts";

function flagsFor(nsqd: Nsqd): string[] {
  return [`--nsqd-http-address=127.0.0.1:${nsqd.httpPort}`, "--interval=100ms"];
}

async function startBusyNsqd(): Promise<Nsqd> {
  const nsqd = await startNsqd({ flags: ["--broadcast-address=127.0.0.1"] });
  await nsqd.create("busy", "c", "d");
  await nsqd.create("quiet");
  await nsqd.post("/mpub?topic=busy", "1\n2\n3");
  return nsqd;
}

Deno.test("nsq top prints one table into a pipe", async () => {
  await using nsqd = await startBusyNsqd();
  const { code, stdout, stderr } = await runTool("top", flagsFor(nsqd));
  deepEqual([code, stderr], [0, ""]);
  const [summary, , heading, ...rows] = stdout.trimEnd().split("\n");
  match(summary!, /^1 node +2 topics +2 channels +0 clients +0 in\/s/);
  match(heading!, /^topic +channel +in +out +depth▼ +memory/);
  deepEqual(rows.map((row) => row.split(/ +/).slice(0, 2)), [
    ["busy", "c"],
    ["busy", "d"],
    ["quiet", "0"],
  ]);
});

Deno.test("nsq top --json gives a view's rows, filtered and sorted", async () => {
  await using nsqd = await startBusyNsqd();
  using client = await Client.connect(nsqd.tcpPort);
  await client.identify({ client_id: "me" });
  await client.subscribe("busy", "d");
  const json = async (...flags: string[]) =>
    JSON.parse((await runTool("top", [...flagsFor(nsqd), "--json", ...flags])).stdout);
  const { topics, errors } = await json("--view=topics", "--sort=topic");
  deepEqual(errors, []);
  deepEqual(
    topics.map((row: Record<string, unknown>) => [row.topic, row.messages, row.backlog]),
    [["busy", 3, 6], ["quiet", 0, 0]],
  );
  const { clients } = await json("--view=clients", "--filter=BUS");
  deepEqual(clients.map((row: Record<string, unknown>) => [row.client, row.channel]), [[
    "me",
    "d",
  ]]);
  deepEqual((await json("--view=nodes", "--filter=nowhere")).nodes, []);
});

Deno.test("nsq top ends with 1 when nobody answers, and with 2 for a column that is not there", async () => {
  const nobody = "--nsqd-http-address=127.0.0.1:1";
  const lost = await runTool("top", [nobody]);
  equal(lost.code, 1);
  match(lost.stderr, /^nsq top: no answer from 127\.0\.0\.1:1: .*\n$/);
  const unknown = await runTool("top", [nobody, "--sort=beauty"]);
  equal(unknown.code, 2);
  match(unknown.stderr, /^nsq top: --sort: channels have no column "beauty" .*\n$/);
});

/**
 * Runs a command in a pseudo-terminal of 30 × 120 characters. Takes a plan on stdin: text
 * to wait for and keys to send then, as JSON. Prints as JSON what was shown, the exit
 * code and whether the terminal is in its modes of before.
 */
const IN_TERMINAL = `
import fcntl, json, os, pty, select, struct, sys, termios
plan = json.loads(sys.stdin.readline())
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
before = termios.tcgetattr(fd)
shown = b""
def read():
    global shown
    if not select.select([fd], [], [], 15)[0]:
        raise SystemExit("nothing more is shown after: " + repr(shown[-2000:]))
    try:
        piece = os.read(fd, 65536)
    except OSError:
        return False
    shown += piece
    return piece != b""
at = 0
for wanted, keys in plan:
    while shown.find(wanted.encode(), at) < 0:
        if not read():
            raise SystemExit("ended before " + wanted)
    at = len(shown)
    if keys == "resize":
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 50, 0, 0))
    else:
        os.write(fd, keys.encode())
while read():
    pass
_, status = os.waitpid(pid, 0)
restored = termios.tcgetattr(fd) == before
print(json.dumps({"shown": shown.decode(), "code": os.waitstatus_to_exitcode(status), "restored": restored}))
`;

async function inTerminal(
  flags: readonly string[],
  plan: readonly [wanted: string, keys: string][],
): Promise<{ shown: string; code: number; restored: boolean }> {
  const child = new Deno.Command("python3", {
    args: ["-c", IN_TERMINAL, ...toolCommand("top"), ...flags],
    cwd: projectFolder,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(plan) + "\n"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("nsq top in a terminal obeys keys, and leaves the terminal as it was", async () => {
  await using nsqd = await startBusyNsqd();
  for (const last of ["q", "\x03"]) {
    const { shown, code, restored } = await inTerminal(flagsFor(nsqd), [
      ["busy", "2"],
      ["[2 topics]", "/qui"],
      ["/qui_", "\r"],
      ['1 with "qui"', "?"],
      ["this help", "resize"],
      ["\x1b[2J", last],
    ]);
    deepEqual([code, restored], [0, true]);
    ok(shown.includes("\x1b[?1049h"), "it has a screen of its own");
    ok(shown.endsWith("\x1b[?25h\x1b[?1049l"), JSON.stringify(shown.slice(-200)));
    equal(shown.split("\x1b[2J").length, 3, "cleared at the start and after the resize only");
  }
});
