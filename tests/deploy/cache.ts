/** What the tests of deployment files need, installed once into a cache folder. */
import { join } from "node:path";

const INSTALLED = ".installed";

/**
 * A folder of its own for what `files` say, in which `install` is run unless it was before.
 * @throws Error if `install` fails
 */
export async function installedFolder(
  name: string,
  files: readonly string[],
  install: (folder: string) => Promise<void>,
): Promise<string> {
  const bytes = await Promise.all(files.map((path) => Deno.readFile(path)));
  const all = new Uint8Array(await new Blob(bytes).arrayBuffer());
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", all)).toHex().slice(0, 16);
  const folder = join(cacheRoot(), `${name}-${hash}`);
  await Deno.mkdir(folder, { recursive: true });
  using lock = await Deno.open(join(folder, ".lock"), { create: true, write: true });
  await lock.lock(true); // another test process may be installing the same
  if ([...Deno.readDirSync(folder)].some((entry) => entry.name === INSTALLED)) return folder;
  await install(folder);
  await Deno.writeTextFile(join(folder, INSTALLED), "");
  return folder;
}

/** Runs a program to its end; what it prints. @throws Error with its words if it fails */
export async function run(
  executable: string,
  args: readonly string[],
  cwd?: string,
): Promise<string> {
  const command = new Deno.Command(executable, {
    args: [...args],
    ...cwd !== undefined && { cwd },
  });
  const { success, stdout, stderr } = await command.output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${executable} ${args.join(" ")}:\n${text.decode(stderr)}`);
  return text.decode(stdout);
}

function cacheRoot(): string {
  const user = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
  return Deno.env.get("NSQ_INTEROP_CACHE") ?? join(user, "nsq-interop");
}
