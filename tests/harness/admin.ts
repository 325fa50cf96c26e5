/** One admin process. */
import { equal, fail } from "./assert.ts";
import { Daemon, START_DEADLINE_MS } from "./daemon.ts";
import { reservePort } from "./ports.ts";
import { adminCommand, projectFolder } from "./target.ts";

/** A running console: it has an HTTP port only. */
export class Admin extends Daemon {
  constructor(child: Deno.ChildProcess, readonly basePath: string) {
    super("nsqadmin", child);
  }

  override async started(): Promise<void> {
    const line = await this.waitForLog(/ HTTP: listening on /, START_DEADLINE_MS);
    this.httpPort = Number(/:(\d+)$/.exec(line)?.[1] ?? fail(`no port in: ${line}`));
    equal(await (await this.http(`${this.basePath}/ping`)).text(), "OK");
  }

  /** Where a browser finds it, without a slash at the end. */
  get url(): string {
    return `http://127.0.0.1:${this.httpPort}${this.basePath}`;
  }
}

/** Starts a console on a port of its own and waits until it answers. */
export async function startAdmin(
  { flags = [], basePath = "" }: {
    flags?: readonly string[];
    /** As `/x`; given as a flag, too. */
    basePath?: string;
  } = {},
): Promise<Admin> {
  const [executable = fail("no command"), ...first] = adminCommand();
  const base = basePath === "" ? [] : [`--base-path=${basePath}`];
  const child = new Deno.Command(executable, {
    args: [...first, `--http-address=127.0.0.1:${reservePort()}`, ...base, ...flags],
    cwd: projectFolder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const admin = new Admin(child, basePath);
  try {
    await admin.started();
  } catch (error) {
    await admin.abandon();
    throw error;
  }
  return admin;
}
