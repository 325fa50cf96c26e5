/**
 * README, docs, and the help of daemons: every command is run as it stands there, against daemons of the tests' own, or named here with the test that does what it
 * says. A new command that is neither is a failure.
 */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { deepEqual, equal, ok } from "../harness/assert.ts";
import {
  projectFolder,
  startAdmin,
  startLookupd,
  startNsqd,
  TemporaryDirectory,
  toolCommand,
} from "../harness/mod.ts";
import { describeAdmin } from "../../admin/options.ts";
import { describeLookupd } from "../../lookupd/options.ts";
import { describeStandalone } from "../../standalone/options.ts";
import { type Command, commandsIn } from "./commands.ts";

const PAGES = [
  "README.md",
  "CONTRIBUTING.md",
  ...Array.from(Deno.readDirSync(join(projectFolder, "docs")), ({ name }) => `docs/${name}`)
    .filter((path) => path.endsWith(".md")).sort(),
];
const read = (path: string) => Deno.readTextFileSync(join(projectFolder, path));
/** The HTTP API has a test of its own, which compares answers, too. */
const COMMANDS = [
  ...PAGES.filter((path) => path !== "docs/http-api.md")
    .flatMap((path) => commandsIn(path, read(path))),
  ...[...describeLookupd(), ...describeAdmin(), ...describeStandalone()].flatMap(
    ({ path, examples }) =>
      examples.flatMap(({ lines }) =>
        commandsIn(
          `nsq ${path} --help`,
          `\`\`\`sh\n${lines.join("\n").replaceAll(/\\\n */g, "")}\n\`\`\`\n`,
        )
      ),
  ),
];

/** What cannot be done beside other tests, or wants a machine to itself: which test, or step of CI, does it. */
const ELSEWHERE: readonly [RegExp, string][] = [
  [/^docker |^kubectl /, "tests/deploy/manifests_test.ts"],
  [/^sudo (?:apt install|systemctl)|^systemctl/, "tests/release/debian_test.ts"],
  [/^npm install \.\/nsq-ts-client-/, "tests/release/client_test.ts"],
  [/^deno task (?:release|compile)$/, "scripts/release.ts"],
  [/^(?:nsq|dist\/nsq|npx \S+ \S+ task) standalone/, "tests/standalone/standalone_test.ts"],
  [/^npx \S+ \S+ task (?:test|ok)$/, ".ci/run"],
  [/^kill /, "tests/life/reload_test.ts"], // it would reach others, too
  [/^nsq journal /, "tests/tools/journal_test.ts"],
  [/^deno task bench /, "scripts/bench/options_test.ts"],
  [/^(?:nsq (?:check|context) |export NSQ_)/, "tests/terminal/operations_test.ts"],
  [/^curl .*\/drain[?/']/, "tests/policies/drain_test.ts"],
];

/** For a command that hangs: with it ends what it has started. */
const COMMAND_DEADLINE_S = 120;

/** A daemon that a command starts, and its flags. */
const DAEMON =
  /^(?:nsq|dist\/nsq|npx -y deno@\S+ task|deno task) (nsqd|lookupd|admin)((?: (?!--help)\S+)*)$/;

/** Starts daemons as commands say, on ports of their own, and ends them. */
async function startAsSaid(role: string, flags: readonly string[]): Promise<void> {
  // Of a flag that is given twice, the last counts.
  const own = flags.filter((flag) =>
    // The harness waits for lines of the log, as they are written usually.
    !/-path=\/var|^--lookupd-\w+-address|-address=127|^--log-/.test(flag)
  );
  const words = own.map((flag) => flag.replaceAll("'", ""));
  const basePath = words.find((flag) => flag.startsWith("--base-path="))?.split("=")[1] ?? "";
  await using _daemon = role === "nsqd"
    ? await startNsqd({ flags: words })
    : role === "lookupd"
    ? await startLookupd({ flags: words })
    : await startAdmin({ flags: ["--nsqd-http-address=127.0.0.1:1", ...words], basePath });
}

Deno.test("commandsIn finds commands whole, and without what is said of them", () => {
  const markdown = "```sh\na 'b # c'   # d's\n# e\nf \\\n  g\nh '1\n2' i\n```\n```ts\nx\n```\n";
  const texts = commandsIn("x.md", markdown).map(({ text }) => text);
  deepEqual(texts, ["a 'b # c'", "f \\\n  g", "h '1\n2' i"]);
});

Deno.test("every command of README and docs does what it says", async (t) => {
  using folder = new TemporaryDirectory();
  const command = toolCommand("tail").slice(0, -1).join(" ");
  folder.write("nsq", `#!/bin/sh\nexec ${command} "$@"\n`);
  Deno.chmodSync(`${folder.path}/nsq`, 0o755);
  Deno.mkdirSync(`${folder.path}/dist`);
  Deno.symlinkSync("../nsq", `${folder.path}/dist/nsq`);
  await using lookupd = await startLookupd();
  await using nsqd = await startNsqd({
    flags: [
      `--lookupd-tcp-address=127.0.0.1:${lookupd.tcpPort}`,
      "--broadcast-address=127.0.0.1",
      "--durable=orders.*",
      "--retain-age=24h",
    ],
  });
  const here = (text: string) =>
    text.replaceAll(/127\.0\.0\.1:[45]161/g, `127.0.0.1:${lookupd.httpPort}`)
      .replaceAll("127.0.0.1:4171", `127.0.0.1:${admin.httpPort}`)
      .replaceAll("127.0.0.1:4151", `127.0.0.1:${nsqd.httpPort}`)
      .replace(/^curl /, "curl --silent --show-error --fail-with-body --max-time 20 ")
      .replace(
        /^nsq tail --topic.*/,
        // It gets what comes after its start: there is something new until it has ended.
        "$& --n=1 & tail=$!; while kill -0 $tail 2>/dev/null; do echo new; sleep 0.2; done | " +
          `nsq pub --topic=orders --nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort} && wait $tail`,
      );
  await using admin = await startAdmin({
    flags: [`--lookupd-http-address=127.0.0.1:${lookupd.httpPort}`],
  });
  await nsqd.create("orders", "archive");
  await nsqd.create("test");
  for (const each of COMMANDS.filter(isRunHere)) {
    await t.step(`${each.document}: ${each.text.split("\n")[0]}`, async () => {
      const [, role, flags = ""] = DAEMON.exec(each.text) ?? [];
      if (role !== undefined) return await startAsSaid(role, flags.split(" ").filter(Boolean));
      const { code, stdout, stderr } = await new Deno.Command("timeout", {
        args: [
          String(COMMAND_DEADLINE_S),
          "bash",
          "--norc",
          "-c",
          `PATH="$PWD:$PATH"\n${here(each.text)}`,
        ],
        cwd: folder.path,
        env: { NSQ_CONTEXT: "", NSQ_NSQD: "", NSQ_LOOKUPD: "" },
        stdin: "null",
      }).output();
      const said = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
      equal(code, 0, `${each.text}\n${said}`);
    });
  }
});

function isRunHere({ text }: Command): boolean {
  return !ELSEWHERE.some(([pattern]) => pattern.test(text));
}

Deno.test("commands that are run elsewhere are", () => {
  for (const [pattern, path] of ELSEWHERE) {
    ok(existsSync(join(projectFolder, path)), path);
    ok(COMMANDS.some(({ text }) => pattern.test(text)), `${pattern} is in no document`);
  }
});

Deno.test("commands name tasks that there are", () => {
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, unknown> };
  const named = PAGES.flatMap((path) =>
    [...read(path).matchAll(/(?:deno|deno@[\d.]+) task ([\w-]+)/g)].map(([, name]) => name!)
  );
  deepEqual([...new Set(named)].filter((name) => !(name in tasks)), []);
});

/** The documents in a folder, and in those in it. */
function pagesIn(folder: string): string[] {
  return Array.from(Deno.readDirSync(join(projectFolder, folder))).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules") return pagesIn(path);
    return entry.name.endsWith(".md") ? [path] : [];
  });
}

Deno.test("links between documents lead somewhere", () => {
  const anchorsOf = (text: string) =>
    [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
      heading!.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    );
  const dead: string[] = [];
  const inFolders = ["admin", "lib", "lookupd", "scripts", "tests"].flatMap(pagesIn);
  for (const page of [...PAGES, ...inFolders]) {
    for (const [, target = "", anchor] of read(page).matchAll(/\]\(([^)#:]*)(?:#([^)]*))?\)/g)) {
      const path = target === "" ? page : join(dirname(page), target);
      if (!existsSync(join(projectFolder, path))) dead.push(`${page}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(read(path)).includes(anchor)) {
        dead.push(`${page}: ${target}#${anchor}`);
      }
    }
  }
  deepEqual(dead, []);
});
