/**
 * How the program is started, from source and compiled: the tasks of deno.json, the executable, the
 * tests and the benchmark all take rights and heap from the files in `start/`.
 */
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "..");

/**
 * The broker's: the executable has them whichever role it plays, as they cannot change with it. Without allocation-site pretenuring: V8 takes it from the
 * start, when most objects stay, that those of a kind are long-lived, makes them old at once, and each keeps the younger ones that it names (a request's
 * body stream) until the next full collection: of what 50 connections of POST /pub cost, a fifth.
 */
const FLAGS_FILE = join(ROOT, "scripts", "start", "broker.flags");

/** The command that starts a role from source, in any folder, without its own flags. */
export function sourceCommand(role = "nsqd"): string[] {
  const flags = runFlags().map((flag) =>
    flag.replace(/^--(lock|env-file)=(.*)$/, (_, name, path) => `--${name}=${join(ROOT, path)}`)
  );
  return [Deno.execPath(), "run", "--quiet", ...flags, join(ROOT, "main.ts"), role];
}

/** What `deno compile` has to be told of permissions and of V8. */
export function executableFlags(): string[] {
  return runFlags().filter((flag) => /^--(allow-|v8-flags=|no-prompt$|unstable-)/.test(flag));
}

function runFlags(): string[] {
  return Deno.readTextFileSync(FLAGS_FILE).trim().split(/\s+/);
}
