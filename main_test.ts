import { deepStrictEqual, match, strictEqual } from "node:assert/strict";

const MAIN = new URL("main.ts", import.meta.url).pathname;

/** Runs the program to its end in an empty folder, which must stay empty. */
async function nsq(...args: string[]) {
  const cwd = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "-A", MAIN, ...args],
      cwd,
      env: { NO_COLOR: "1" },
    }).output();
    deepStrictEqual([...Deno.readDirSync(cwd)], []);
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("nsq prints its version and help to stdout", async () => {
  const version = await nsq("--version");
  strictEqual(version.code, 0);
  match(version.stdout, /^nsq v1\.3\.0 \(built w\/[a-z0-9.-]+\) nsq-ts \d+\.\d+\.\d+\n$/);
  const help = await nsq("--help");
  strictEqual(help.code, 0);
  match(help.stdout, /^ {2}nsqd +the broker$/m);
});

Deno.test("nsq without a command prints help to stderr and exits 2", async () => {
  const { code, stdout, stderr } = await nsq();
  deepStrictEqual([code, stdout], [2, ""]);
  match(stderr, /^Usage: nsq <command>/);
});

Deno.test("nsq refuses a command that there is not in one line, with the nearest there is", async () => {
  for (
    const [name, hint] of [
      ["nsqadmi", "did you mean nsqadmin? See nsq --help"],
      ["publish", "did you mean pub? See nsq --help"],
      ["frobnicate", "see nsq --help"],
    ]
  ) {
    deepStrictEqual(await nsq(name!, "--version"), {
      code: 2,
      stdout: "",
      stderr: `nsq: unknown command "${name}", ${hint}\n`,
    });
  }
});

Deno.test("nsq runs admin, stat and top under their names and the reference's", async () => {
  const roles = [["admin", "nsqadmin"], ["nsqadmin", "nsqadmin"], ["stat", "nsq_stat"]];
  for (const [name = "", role] of [...roles, ["nsq_stat", "nsq_stat"], ["top", "nsq_top"]]) {
    const { code, stdout } = await nsq(name, "--version");
    strictEqual(code, 0);
    match(stdout, new RegExp(`^${role} v1\\.3\\.0[ \n]`));
    match((await nsq(name, "--help")).stdout, /^Examples:$/m);
  }
});

Deno.test("nsq nsqd prints its version and help and opens nothing", async () => {
  const version = await nsq("nsqd", "-version");
  strictEqual(version.code, 0);
  match(version.stdout, /^nsqd v1\.3\.0 \([^\n]*\)\n$/);
  for (const args of [["nsqd", "--help"], ["help", "nsqd"]]) {
    const help = await nsq(...args);
    deepStrictEqual([help.code, help.stderr], [0, ""]);
    match(help.stdout, /^Usage: nsq nsqd \[flags\]\n/);
  }
});

Deno.test("nsq lookupd prints its version and help, under its other name too", async () => {
  for (const name of ["lookupd", "nsqlookupd"]) {
    const version = await nsq(name, "-version");
    strictEqual(version.code, 0);
    match(version.stdout, /^nsqlookupd v1\.3\.0 \([^\n]*\)\n$/);
  }
  const help = await nsq("lookupd", "--help");
  deepStrictEqual([help.code, help.stderr], [0, ""]);
  match(help.stdout, /^Usage: nsq lookupd \[flags\]\n/);
  const refused = await nsq("lookupd", "--nope");
  deepStrictEqual([refused.code, refused.stdout], [2, ""]);
  match(refused.stderr, /^nsq lookupd: [^\n]*'--nope'\n$/);
});

Deno.test("nsq nsqd refuses a bad command line in one line, exits 2 and opens nothing", async () => {
  const cases: [string, RegExp][] = [
    ["--nope", /^nsq nsqd: [^\n]*'--nope'\n$/],
    ["--sync-timeout=0", /^nsq nsqd: --sync-timeout: [^\n]*\n$/],
    ["--config=missing.cfg", /^nsq nsqd: --config: cannot read missing\.cfg[^\n]*\n$/],
  ];
  for (const [flag, message] of cases) {
    const { code, stdout, stderr } = await nsq("nsqd", flag);
    deepStrictEqual([code, stdout], [2, ""], flag);
    match(stderr, message);
  }
});
