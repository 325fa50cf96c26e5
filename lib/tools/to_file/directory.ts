/** What is done with directories: made, made durable, and files moved between them. */

import { dirname } from "node:path";

/** As the reference: the owner and the group. */
const DIRECTORY_MODE = 0o770;

const TEMPORARY_PREFIX = ".nsq_to_file-";

/** Makes the directory and those above it, so that a crash does not undo it. @throws Error of the file system */
export async function makeDirectory(path: string): Promise<void> {
  const missing: string[] = [];
  let there = path;
  for (; !exists(there); there = dirname(there)) missing.push(there);
  if (!Deno.statSync(there).isDirectory) throw new Error(`${there} is not a directory`);
  Deno.mkdirSync(path, { recursive: true, mode: DIRECTORY_MODE });
  for (const each of missing) await syncDirectory(dirname(each));
}

/** Writes to disk which files the directory has. @throws Error of the file system */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await Deno.open(path);
  try {
    await directory.sync();
  } finally {
    directory.close();
  }
}

/** Makes sure that files can be made in a directory, which is made if need be. @throws Error that names it */
export async function checkWritable(path: string): Promise<void> {
  try {
    await makeDirectory(path);
    Deno.removeSync(Deno.makeTempFileSync({ dir: path, prefix: TEMPORARY_PREFIX }));
  } catch (error) {
    throw new Error(`cannot write to directory ${path} - ${(error as Error).message}`, {
      cause: error,
    });
  }
}

/** Whether there is a file of this name. @throws Error of the file system, but for its absence */
export function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Gives a file another name, in one step, and never the name of a file that is there. Works across
 * file systems too, where the content is copied first, under a name that begins with a dot.
 *
 * @throws Deno.errors.AlreadyExists when the name is taken
 * @throws Error of the file system
 */
export async function moveExclusively(source: string, target: string): Promise<void> {
  try {
    Deno.linkSync(source, target);
  } catch (error) {
    if ((error as { code?: string }).code !== "EXDEV") throw error;
    await copyExclusively(source, target);
  }
  await syncDirectory(dirname(target));
  Deno.removeSync(source);
}

async function copyExclusively(source: string, target: string): Promise<void> {
  if (exists(target)) throw new Deno.errors.AlreadyExists(target); // saves the copying
  const temporary = Deno.makeTempFileSync({ dir: dirname(target), prefix: TEMPORARY_PREFIX });
  try {
    await Deno.copyFile(source, temporary);
    const copy = await Deno.open(temporary);
    try {
      await copy.sync();
    } finally {
      copy.close();
    }
    Deno.linkSync(temporary, target);
  } finally {
    Deno.removeSync(temporary);
  }
}
