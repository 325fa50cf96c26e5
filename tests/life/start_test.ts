/** A start that fails, whatever the step, leaves the data path as it was, harms no other broker, and says why in one line. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import { Client, projectFolder, startNsqd, TemporaryDirectory } from "../harness/mod.ts";
import { ourCommand } from "../harness/target.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";

/** Every file of a folder with its bytes, as text. */
function contentOf(directory: TemporaryDirectory): Record<string, string> {
  const read = (name: string) => directory.read(name).toString();
  return Object.fromEntries(directory.names().map((name) => [name, read(name)]));
}

/** Leaves what a broker leaves: a topic with a paused channel and messages, and another with neither. */
async function fill(directory: TemporaryDirectory): Promise<void> {
  await using nsqd = await startNsqd({ dataPath: directory.path });
  await nsqd.create("t", "c");
  await nsqd.create("other");
  await nsqd.post("/channel/pause?topic=t&channel=c");
  await nsqd.post("/mpub?topic=t", "one\ntwo\nthree");
}

/** A port that somebody else listens on. */
function takenPort(): { port: number } & Disposable {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  return { port, [Symbol.dispose]: () => listener.close() };
}

/** Runs a command that must not start; what it said last. */
async function refused(command: readonly string[], flags: readonly string[]): Promise<string> {
  const [executable, ...first] = command as [string, ...string[]];
  const { code, stderr } = await new Deno.Command(executable, {
    args: [...first, ...flags],
    cwd: projectFolder,
  }).output();
  const lines = new TextDecoder().decode(stderr).trimEnd().split("\n");
  equal(code, 1, lines.join("\n"));
  return lines.at(-1)!;
}

const FREE = ["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"];
const standaloneCommand = [...ourCommand().slice(0, -1), "standalone"];
const FREE_PORTS = ["tcp", "http", "lookupd-tcp", "lookupd-http", "admin-http"]
  .map((name) => `--${name}-port=0`);

/** Ways for a start to fail, each with what it says; `port` is taken. */
const failures: Record<string, (port: number) => { flags: string[]; says: RegExp }> = {
  "a taken TCP port": (port) => ({
    flags: [`--tcp-address=127.0.0.1:${port}`],
    says: /listen \(127\.0\.0\.1:\d+\) failed/,
  }),
  "a taken HTTP port": (port) => ({
    flags: [`--http-address=127.0.0.1:${port}`],
    says: /listen \(127\.0\.0\.1:\d+\) failed/,
  }),
  "a certificate that is not there": () => ({
    flags: ["--tls-cert=/nonexistent/cert", "--tls-key=/nonexistent/key"],
    says: /cannot read \/nonexistent\/cert: no such file or directory$/m,
  }),
  "authorities that are not there": () => ({
    flags: ["--tls-root-ca-file=/nonexistent/ca", "--auth-http-address=127.0.0.1:1"],
    says: /--tls-root-ca-file: cannot read \/nonexistent\/ca: no such file or directory$/m,
  }),
};

for (const [name, failure] of Object.entries(failures)) {
  Deno.test(`nsqd and standalone leave the data path alone at ${name}`, async () => {
    using directory = new TemporaryDirectory();
    await fill(directory);
    const before = contentOf(directory);
    using taken = takenPort();
    const { flags, says } = failure(taken.port);
    const dataPath = `--data-path=${directory.path}`;
    match(await refused(ourCommand(), [dataPath, ...FREE, ...flags]), says);
    deepEqual(contentOf(directory), before);
    const own = [dataPath, ...FREE_PORTS, "--", ...flags];
    match(await refused(standaloneCommand, own), says);
    deepEqual(contentOf(directory), before);
  });
}

Deno.test({
  name: "a place that the runtime keeps programs out of is refused in our words",
  ignore: Deno.build.os !== "linux",
  async fn() {
    using directory = new TemporaryDirectory();
    const dataPath = `--data-path=${directory.path}`;
    const closed = "/proc/self/mem";
    const cases: [string[], RegExp][] = [
      [["--data-path=/proc"], /cannot use \/proc: a program may not use this place$/],
      [
        [`--tls-cert=${closed}`, `--tls-key=${closed}`, dataPath],
        /a program may not use this place$/,
      ],
    ];
    for (const [flags, says] of cases) {
      match(await refused(ourCommand(), [...FREE, ...flags]), says);
    }
  },
});

Deno.test("nsqd and standalone leave the data path alone at a taken HTTPS port", async () => {
  using directory = new TemporaryDirectory();
  using certificates = await makeCertificates();
  await fill(directory);
  const before = contentOf(directory);
  using taken = takenPort();
  const flags = [...tlsFlags(certificates), `--https-address=127.0.0.1:${taken.port}`];
  const dataPath = `--data-path=${directory.path}`;
  const says = new RegExp(`listen \\(127\\.0\\.0\\.1:${taken.port}\\) failed`);
  match(await refused(ourCommand(), [dataPath, ...FREE, ...flags]), says);
  match(await refused(standaloneCommand, [dataPath, ...FREE_PORTS, "--", ...flags]), says);
  deepEqual(contentOf(directory), before);
});

Deno.test("standalone leaves the data path alone when lookupd or console find no port", async () => {
  using directory = new TemporaryDirectory();
  await fill(directory);
  const before = contentOf(directory);
  using taken = takenPort();
  for (const name of ["lookupd-tcp", "lookupd-http", "admin-http"]) {
    const flags = [`--data-path=${directory.path}`, ...FREE_PORTS, `--${name}-port=${taken.port}`];
    match(await refused(standaloneCommand, flags), /^nsq standalone: listen \(127\.0\.0\.1:\d+\)/);
  }
  deepEqual(contentOf(directory), before);
});

Deno.test("standalone removes the data path that it made when it cannot start", async () => {
  using directory = new TemporaryDirectory();
  using taken = takenPort();
  const dataPath = `--data-path=${directory.path}/made/for it`;
  await refused(standaloneCommand, [dataPath, ...FREE_PORTS, `--tcp-port=${taken.port}`]);
  deepEqual(directory.names(), []);
});

Deno.test("a data path that is a file, or in one, is called that", async () => {
  using directory = new TemporaryDirectory();
  directory.write("file", "");
  const file = `${directory.path}/file`;
  const said = `failed to lock data-path: ${file} is not a directory`;
  for (const [path, says] of [[file, said], [`${file}/below`, "not a directory"]] as const) {
    const flags = [`--data-path=${path}`, ...FREE];
    for (const more of [[], ["--data-path-create"]]) {
      match(await refused(ourCommand(), [...flags, ...more]), new RegExp(says, "i"));
    }
    match(await refused(standaloneCommand, [flags[0]!, ...FREE_PORTS]), new RegExp(says, "i"));
  }
});

Deno.test("a corrupt nsqd.dat is left as it is", async () => {
  using directory = new TemporaryDirectory();
  await fill(directory);
  directory.write("nsqd.dat", "{ not JSON");
  const before = contentOf(directory);
  const dataPath = `--data-path=${directory.path}`;
  match(await refused(ourCommand(), [dataPath, ...FREE]), /failed to load metadata/);
  match(await refused(standaloneCommand, [dataPath, ...FREE_PORTS]), /failed to load metadata/);
  deepEqual(contentOf(directory), before);
});

for (const role of ["nsqd", "standalone"]) {
  Deno.test(`a second ${role} on a data path harms the broker that holds it in nothing`, async () => {
    using directory = new TemporaryDirectory();
    {
      await using first = await startNsqd({ dataPath: directory.path });
      await first.create("t", "c");
      await first.post("/channel/pause?topic=t&channel=c"); // on disk before the answer
      const before = contentOf(directory);
      const dataPath = `--data-path=${directory.path}`;
      const said = role === "nsqd"
        ? await refused(ourCommand(), [dataPath, ...FREE])
        : await refused(standaloneCommand, [dataPath, ...FREE_PORTS]);
      match(said, /failed to lock data-path: [^\n]+$/);
      deepEqual(contentOf(directory), before);
      await first.kill(); // so that the file is what it wrote before
    }
    await using again = await startNsqd({ dataPath: directory.path });
    deepEqual((await again.topics()).map((each) => each.channels.length), [1]);
    using client = await Client.connect(again.tcpPort);
    await client.subscribe("t", "c", 1);
  });
}

/** Runs a daemon and ends it with a signal as soon as it says `when`. */
async function interrupted(command: readonly string[], flags: string[], when: RegExp) {
  const [executable, ...first] = command as [string, ...string[]];
  const child = new Deno.Command(executable, {
    args: [...first, ...flags],
    cwd: projectFolder,
    stderr: "piped",
  }).spawn();
  let log = "";
  let isSent = false;
  for await (const piece of child.stderr.pipeThrough(new TextDecoderStream())) {
    log += piece;
    if (!isSent && when.test(log)) {
      isSent = true;
      child.kill("SIGTERM");
    }
  }
  return { code: (await child.status).code, log };
}

Deno.test("a signal during the start leaves the data path alone, or ends in order what has started", async () => {
  using directory = new TemporaryDirectory();
  await fill(directory);
  const before = contentOf(directory);
  const flags = [`--data-path=${directory.path}`, ...FREE];
  for (const when of [/ID: \d/, / HTTP: listening/, /persisting/, / TCP: listening/]) {
    const { code, log } = await interrupted(ourCommand(), flags, when);
    if (code === 1) match(log, /FATAL: SIGTERM during the start\n$/);
    else match(log, /NSQ: bye\n$/);
    deepEqual(contentOf(directory), before, String(when));
  }
});
