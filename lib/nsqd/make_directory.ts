import { dirname } from "node:path";

/** Makes a directory and those above it that are missing. @returns removes those that it made, unless something is in them */
export async function makeDirectory(path: string): Promise<() => Promise<void>> {
  const missing: string[] = [];
  let there = path;
  for (; !await exists(there); there = dirname(there)) missing.push(there);
  if (!(await Deno.stat(there)).isDirectory) throw new Error(`${there} is not a directory`);
  await Deno.mkdir(path, { recursive: true });
  return async () => {
    for (const each of missing) {
      await Deno.remove(each).catch((error) => {
        if (error.code !== "ENOTEMPTY") throw error; // somebody else uses it
      });
    }
  };
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
