/** The packages of the client library, as a project gets them that has never heard of this one: on Node from npm's tarball, on Deno from JSR's folder. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { join } from "node:path";
import { makeJsrFolder, makeNpmPackage } from "../../scripts/release/client/package.ts";
import { clientSources } from "../../scripts/release/client/sources.ts";
import { run } from "../../scripts/release/run.ts";
import { PROJECT_VERSION } from "../../lib/version.ts";
import { AuthServer } from "../auth/auth_server.ts";
import {
  eventually,
  projectFolder,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
} from "../harness/mod.ts";
import { makeCertificates, tlsFlags } from "../transport/certificates.ts";

const COUNT = 500;
const PROGRAMS = join(import.meta.dirname!, "programs");

/** Something to run a program with, that finds the library. */
interface Project extends Disposable {
  readonly folder: TemporaryDirectory;
  run(program: string, ...args: string[]): Promise<string>;
}

async function nodeProject(): Promise<Project> {
  const folder = new TemporaryDirectory();
  const parts = { version: PROJECT_VERSION, folder: folder.path, root: projectFolder };
  const tarball = await makeNpmPackage(parts);
  folder.write("package.json", '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball], folder.path);
  return {
    folder,
    run: (program, ...args) => run("node", [program, ...args], folder.path),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

async function denoProject(): Promise<Project> {
  const folder = new TemporaryDirectory();
  const parts = { version: PROJECT_VERSION, folder: folder.path, root: projectFolder };
  const library = await makeJsrFolder(parts);
  const { imports } = JSON.parse(folder.readText(`${library}/deno.json`));
  const entry = `./${library}/lib/client/mod.ts`;
  folder.write("deno.json", JSON.stringify({ imports: { ...imports, "@nsq-ts/client": entry } }));
  const rights = ["--allow-net", "--allow-read", "--allow-sys=hostname", "--no-prompt"];
  return {
    folder,
    run: (program, ...args) =>
      run(Deno.execPath(), ["run", "--quiet", ...rights, program, ...args], folder.path),
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

const RUNTIMES = { "Node, from npm": nodeProject, "Deno, from JSR": denoProject };

for (const [name, makeProject] of Object.entries(RUNTIMES)) {
  Deno.test(`client library on ${name}: messages go through, however they are wrapped`, async (t) => {
    using project = await makeProject();
    await Deno.copyFile(join(PROGRAMS, "through.js"), join(project.folder.path, "through.js"));
    using certificates = await makeCertificates();
    await using auth = new AuthServer();
    await using lookupd = await startLookupd();
    await using nsqd = await startNsqd({
      flags: [
        ...tlsFlags(certificates),
        "--broadcast-address=127.0.0.1",
        `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      ],
    });
    await using guarded = await startNsqd({ flags: [`--auth-http-address=${auth.address}`] });
    const plain = { nsqd: [`127.0.0.1:${nsqd.tcpPort}`] };
    const tls = { caCerts: [await Deno.readTextFile(certificates.ca)] };
    const cases: Record<string, object> = {
      plain,
      tls: { ...plain, tls },
      snappy: { ...plain, snappy: true },
      deflate: { ...plain, deflateLevel: 3 },
      "tls-snappy": { ...plain, tls, snappy: true },
      "tls-1.3-deflate": { ...plain, tls: { ...tls, minVersion: "1.3" }, deflateLevel: 3 },
      auth: { nsqd: [`127.0.0.1:${guarded.tcpPort}`], authSecret: "secret" },
      name: { nsqd: [`localhost:${nsqd.tcpPort}`], tls },
      lookupd: { lookupd: [`127.0.0.1:${lookupd.httpPort}`] },
    };
    for (const [topic, connection] of Object.entries(cases)) {
      await t.step(topic, async () => {
        if (topic === "lookupd") await nsqd.create(topic, "through"); // found at once
        const settings = JSON.stringify({ topic, count: COUNT, connection });
        const printed = await project.run("through.js", settings);
        deepEqual(JSON.parse(printed), { acknowledged: COUNT, seen: COUNT, refused: true });
      });
    }
    equal(auth.questions.at(-1)!.facts["secret"], "secret");
  });

  Deno.test(`client library on ${name}: outlives its broker`, async () => {
    using project = await makeProject();
    await Deno.copyFile(join(PROGRAMS, "outlive.js"), join(project.folder.path, "outlive.js"));
    using data = new TemporaryDirectory();
    const first = await startNsqd({ dataPath: data.path });
    const { tcpPort, httpPort } = first;
    const printed = project.run("outlive.js", `127.0.0.1:${tcpPort}`);
    await first.create("outlive", "it");
    await first.create("answers", "all");
    await first.post("/pub?topic=outlive", "first");
    await eventually(async () => equal((await first.topic("answers")).message_count, 1));
    await first.kill();
    const addresses = [
      `--tcp-address=127.0.0.1:${tcpPort}`,
      `--http-address=127.0.0.1:${httpPort}`,
    ];
    await using second = await startNsqd({ dataPath: data.path, flags: addresses });
    await eventually(async () => equal((await second.channel("outlive", "it")).client_count, 1));
    await second.post("/pub?topic=outlive", "last");
    equal((await printed).trim(), "first last");
    equal((await second.topic("answers")).message_count, 1);
  });

  Deno.test(`client library on ${name}: the examples of its README run one after the other`, async () => {
    using project = await makeProject();
    using certificates = await makeCertificates();
    await using auth = new AuthServer();
    await using nsqd = await startNsqd({
      flags: [...tlsFlags(certificates), `--auth-http-address=${auth.address}`],
    });
    await Deno.copyFile(certificates.ca, join(project.folder.path, "ca.pem"));
    const readme = await Deno.readTextFile(join(projectFolder, "docs", "client.md"));
    const examples = [...readme.matchAll(/^```js\n([^]*?)^```/gm)].map(([, code]) => code!);
    ok(examples.length >= 4);
    let printed = "";
    for (const code of examples) {
      // Who consumes comes after who publishes: each channel begins with what is there.
      await nsqd.create("orders", "billing", "archive");
      const secret = "authSecret: 'secret', ";
      project.folder.write(
        "example.js",
        code.replaceAll("127.0.0.1:4150", `127.0.0.1:${nsqd.tcpPort}`)
          .replace(
            /new (Producer|Consumer)\(\{/g,
            `$&${code.includes("authSecret") ? "" : secret}`,
          ),
      );
      printed += await project.run("example.js");
    }
    match(printed, /published to 127.0.0.1/);
    match(printed, /bill 17, attempt 1/);
    match(printed, /^[0-9a-f]{16} 9$/m);
    equal((await nsqd.topics("orders"))[0]!.message_count, 2);
  });
}

Deno.test("client library from npm: its declarations are whole, without any other types", async () => {
  using project = await nodeProject();
  await Deno.copyFile(join(PROGRAMS, "types.ts"), join(project.folder.path, "types.ts"));
  const compilerOptions = {
    strict: true,
    noEmit: true,
    target: "es2022",
    lib: ["es2022"],
    types: [],
    module: "nodenext",
  };
  const settings = JSON.stringify({ compilerOptions, files: ["types.ts"] });
  project.folder.write("tsconfig.json", settings);
  const compiler = ["run", "--quiet", "-A", "--lock=deno.lock", "--frozen"];
  const args = [...compiler, "npm:typescript@5.9.3/tsc", "-p", project.folder.path];
  equal(await run(Deno.execPath(), args, projectFolder), "");
});

Deno.test("client library: JSR would take it", async () => {
  using folder = new TemporaryDirectory();
  const parts = { version: PROJECT_VERSION, folder: folder.path, root: projectFolder };
  const library = join(folder.path, await makeJsrFolder(parts));
  await run(Deno.execPath(), ["publish", "--dry-run", "--allow-dirty"], library);
});

Deno.test("client library: nothing of the broker is in it", async () => {
  const allowed = /^lib\/((client|go|http|log|net|tls|wire)\/.+|[a-z_]+\.ts)$/;
  deepEqual((await clientSources(projectFolder)).filter((path) => !allowed.test(path)), []);
});
