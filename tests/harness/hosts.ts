/** A hosts file of the tests' own, seen by the processes that they start and by nobody else. */
import { isCi } from "./required.ts";
import { launchBehind } from "./target.ts";

/** Gives a command a file system of its own, in which `$1` is /etc/hosts; the process stays the same. */
const WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';

/** `unshare`, as root or as who is root only for itself. */
function namespaceCommand(): string[] {
  const isRoot = Deno.uid() === 0;
  return ["unshare", ...isRoot ? [] : ["--map-root-user"], "--mount"];
}

/** Whether this machine lets us: the tests that need it are left out elsewhere, but never in CI. */
export function mayHaveOwnHosts(): boolean {
  if (isCi) return true;
  const [executable, ...args] = [...namespaceCommand(), "true"];
  try {
    return new Deno.Command(executable!, { args, stderr: "null" }).outputSync().success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** From now on this file's processes know these hosts, `<address> <name>` each, and no others. */
export async function useHosts(...lines: string[]): Promise<AsyncDisposable> {
  const path = await Deno.makeTempFile({ prefix: "nsq-hosts-" });
  await Deno.writeTextFile(path, lines.map((line) => `${line}\n`).join(""));
  launchBehind([...namespaceCommand(), "sh", "-c", WITH_HOSTS, "sh", path]);
  return {
    async [Symbol.asyncDispose]() {
      launchBehind([]);
      await Deno.remove(path);
    },
  };
}
