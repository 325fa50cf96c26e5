/** Open files of the process, and how many it may have. */
import { readdir } from "node:fs/promises";

const OWN_FILES = "/proc/self/fd";

let limit: Promise<number | null> | undefined;

/** Descriptors that are open, sockets among them; null where the system does not tell. */
export async function countOpenFiles(): Promise<number | null> {
  try {
    return (await readdir(OWN_FILES)).length - 1; // the one that reads there
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return null; // Deno 2.9 wants all rights for it
    if ((error as { code?: unknown }).code !== "ENOENT") throw error;
    return null; // no Linux
  }
}

/**
 * Has a shell say how many files may be open, as the runtime tells nobody and does not let us read
 * `/proc/self/limits`. To be called before the right to start `/bin/sh` is given back; a container
 * without a shell has no such figure.
 */
export function askOpenFileLimit(): void {
  limit ??= shellsLimit();
}

/** Descriptors that may be open; null where that is not known, or was not asked for. */
export function openFileLimit(): Promise<number | null> {
  return limit ?? Promise.resolve(null);
}

async function shellsLimit(): Promise<number | null> {
  try {
    const shell = new Deno.Command("/bin/sh", {
      args: ["-c", "ulimit -n"],
      stdin: "null",
      stdout: "piped",
      stderr: "null",
    });
    const text = new TextDecoder().decode((await shell.output()).stdout).trim();
    return text === "unlimited" ? Infinity : /^\d+$/.test(text) ? Number(text) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null; // no shell
    if (error instanceof Deno.errors.NotCapable) return null; // started without the right to it
    if (error instanceof Deno.errors.PermissionDenied) return null; // the system forbids it
    throw error;
  }
}
