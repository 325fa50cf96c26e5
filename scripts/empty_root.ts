/**
 * Lays out a root file system that holds the executable and only what it needs: what the container
 * image is made of, and what `tests/executable` starts the broker in.
 *
 * `deno run --allow-all scripts/empty_root.ts dist/nsq /rootfs`
 */
import { dirname, join } from "node:path";

/** User and group id that the broker runs as in a container: nobody's elsewhere. */
export const CONTAINER_UID = 65532;
/** Where the executable and its data lie in that root. */
export const ROOT_EXECUTABLE = "/nsq";
export const ROOT_DATA_DIR = "/data";

/**
 * Puts the executable, the shared libraries that `ldd` lists, an empty data folder, owned by
 * `CONTAINER_UID` when root does this, and a mount point for /proc under `root`.
 *
 * @throws Error when a library is not found on this machine
 */
export async function layOutRoot(executable: string, root: string): Promise<void> {
  for (const dir of [ROOT_DATA_DIR, "/proc"]) {
    await Deno.mkdir(join(root, dir), { recursive: true });
  }
  await Deno.chmod(root, 0o755); // The container's user must be able to look into it.
  await Deno.copyFile(executable, join(root, ROOT_EXECUTABLE));
  for (const library of await sharedLibraries(executable)) {
    const target = join(root, library);
    await Deno.mkdir(dirname(target), { recursive: true });
    await Deno.copyFile(library, target); // Follows links: the name the loader asks for stays.
  }
  if (Deno.uid() === 0) await Deno.chown(join(root, ROOT_DATA_DIR), CONTAINER_UID, CONTAINER_UID);
}

async function sharedLibraries(executable: string): Promise<string[]> {
  const { success, stdout } = await new Deno.Command("ldd", { args: [executable] }).output();
  const listing = new TextDecoder().decode(stdout);
  if (!success || listing.includes("not found")) {
    throw new Error(`ldd ${executable}: libraries are missing\n${listing}`);
  }
  return libraryPaths(listing);
}

/** The absolute paths in what `ldd` prints; the kernel's virtual library has none. */
export function libraryPaths(listing: string): string[] {
  return [...listing.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].map((match) => match[1]!);
}

if (import.meta.main) {
  const [executable, root] = Deno.args;
  if (!executable || !root) {
    console.error("usage: empty_root.ts EXECUTABLE ROOT");
    Deno.exit(2);
  }
  await layOutRoot(executable, root);
}
