/**
 * Installs the client libraries, once, into a cache folder: `$NSQ_INTEROP_CACHE`, else `nsq-interop`
 * in the user's cache folder. A changed program or pin is a new installation.
 */
import { join } from "node:path";
import type { Library } from "./libraries.ts";

const PROGRAMS = join(import.meta.dirname!, "programs");
const INSTALLED = ".installed";

function cacheRoot(): string {
  const chosen = Deno.env.get("NSQ_INTEROP_CACHE");
  if (chosen) return chosen;
  const user = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
  return join(user, "nsq-interop");
}

/**
 * Makes sure that the library is installed and returns the folder of its program.
 *
 * @throws Error if a tool is missing or an installation command fails: a test that cannot drive
 * its client has to fail, not to pass unseen.
 */
export async function installLibrary(library: Library): Promise<string> {
  const source = join(PROGRAMS, library.folder);
  const directory = join(cacheRoot(), `${library.folder}-${await fingerprint(source)}`);
  await Deno.mkdir(directory, { recursive: true });
  using lock = await Deno.open(join(directory, ".lock"), { create: true, write: true });
  await lock.lock(true); // another test process may be installing the same
  if (await exists(join(directory, INSTALLED))) return directory;
  for (const tool of library.tools) await requireTool(tool, library);
  for await (const entry of Deno.readDir(source)) {
    await Deno.copyFile(join(source, entry.name), join(directory, entry.name));
  }
  for (const command of library.install(directory)) await install(command, directory, library);
  await Deno.writeTextFile(join(directory, INSTALLED), "");
  return directory;
}

async function fingerprint(directory: string): Promise<string> {
  const names = [];
  for await (const entry of Deno.readDir(directory)) names.push(entry.name);
  const parts = [];
  for (const name of names.sort()) {
    parts.push(name, await Deno.readTextFile(join(directory, name)));
  }
  const bytes = new TextEncoder().encode(parts.join("\0"));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function requireTool(tool: string, library: Library): Promise<void> {
  try {
    await new Deno.Command(tool, { args: ["--version"], stdout: "null", stderr: "null" }).output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`the interop tests of ${library.name} need ${tool}, which is not on the PATH`);
  }
}

async function install(command: readonly string[], cwd: string, library: Library): Promise<void> {
  const [executable, ...args] = command as [string, ...string[]];
  const result = await new Deno.Command(executable, { args, cwd }).output();
  if (result.success) return;
  const text = new TextDecoder();
  throw new Error(
    `installing ${library.name}: ${command.join(" ")} failed with ${result.code}\n` +
      text.decode(result.stdout) + text.decode(result.stderr),
  );
}
