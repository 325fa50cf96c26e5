/** The Debian package, in a root of its own: nothing of this machine is touched, so its maintainer scripts do not start anything. */
import { deepStrictEqual as deepEqual, match, ok, strictEqual as equal } from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { makeDebianPackage } from "../../scripts/release/debian.ts";
import { run } from "../../scripts/release/run.ts";
import { PROJECT_VERSION } from "../../lib/version.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { projectFolder, TemporaryDirectory } from "../harness/mod.ts";

const EXECUTABLE = Deno.env.get("NSQ_EXECUTABLE") ?? join(projectFolder, "dist", "nsq");
const UNITS = ["nsqd.service", "nsqd@second.service", "nsqlookupd.service", "nsqadmin.service"];

/** An empty root that dpkg takes for a system. */
class Root extends TemporaryDirectory {
  constructor() {
    super();
    for (const folder of ["info", "updates"]) {
      Deno.mkdirSync(join(this.path, "var/lib/dpkg", folder), { recursive: true });
    }
    Deno.writeTextFileSync(join(this.path, "var/lib/dpkg/status"), "");
  }

  dpkg(...args: string[]): Promise<string> {
    const force = "--force-script-chrootless,depends,not-root,confold";
    return run("dpkg", [`--root=${this.path}`, force, ...args], this.path);
  }

  has(path: string): boolean {
    return existsSync(join(this.path, path));
  }
}

async function makePackage(version: string, folder: string): Promise<string> {
  const { arch, os } = Deno.build;
  const made = { executable: EXECUTABLE, arch, os, native: EXECUTABLE };
  const parts = { ...made, version, folder, root: projectFolder };
  return join(folder, await makeDebianPackage(parts));
}

Deno.test("the Debian package is installed, runs, is upgraded, removed and purged", async (t) => {
  using packages = new TemporaryDirectory();
  using root = new Root();
  const broker = join(root.path, "usr/bin/nsqd");

  await t.step("installed, it has programs by all their names", async () => {
    await root.dpkg("--install", await makePackage(PROJECT_VERSION, packages.path));
    match(await run(join(root.path, "usr/bin/nsq"), ["--version"], root.path), /nsq-ts/);
    match(await run(join(root.path, "usr/bin/nsq_tail"), ["--version"], root.path), /^nsq_tail v/);
    ok(root.has("usr/share/man/man1/nsq-nsqd.1.gz"));
    ok(root.has("usr/share/bash-completion/completions/nsq"));
  });

  await t.step("its units are in order", async () => {
    const shell = join(root.path, "bin/sh"); // every system has one, this root has none
    await Deno.mkdir(join(root.path, "bin"), { recursive: true });
    await Deno.writeTextFile(shell, "", { mode: 0o755 });
    const args = [`--root=${root.path}`, "--man=no", "--recursive-errors=no", "verify", ...UNITS];
    equal(await run("systemd-analyze", args, root.path), "");
    await Deno.remove(shell);
  });

  await t.step("its programs take the configuration that comes with them", async () => {
    const config = join(root.path, "etc/nsq/nsqd.toml");
    await using nsqd = await startNsqd({ command: [broker], flags: [`--config=${config}`] });
    const response = await nsqd.http("/ping");
    equal(await response.text(), "OK");
  });

  await t.step("an upgrade leaves a configuration that was changed", async () => {
    const config = join(root.path, "etc/nsq/nsqd.toml");
    await Deno.writeTextFile(config, "mem_queue_size = 7\n");
    await root.dpkg("--install", await makePackage(`${PROJECT_VERSION}+upgrade`, packages.path));
    match(await root.dpkg("--status", "nsq"), /^Version: .*\+upgrade$/m);
    equal(await Deno.readTextFile(config), "mem_queue_size = 7\n");
  });

  await t.step("removed, its configuration stays; purged, nothing does", async () => {
    await root.dpkg("--remove", "nsq");
    deepEqual([root.has("usr/bin/nsq"), root.has("etc/nsq/nsqd.toml")], [false, true]);
    await root.dpkg("--purge", "nsq");
    deepEqual([root.has("usr"), root.has("etc")], [false, false]);
  });
});
