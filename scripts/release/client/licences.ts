import { join } from "node:path";
import { run } from "../run.ts";

/**
 * The licences of packages that come inside another one.
 * @param specifiers such as `npm:hysnappy@1.1.1`; they have been fetched
 * @returns by name. @throws Error for a package that has none
 */
export async function licencesOf(specifiers: readonly string[]): Promise<Map<string, string>> {
  const { npmCache } = JSON.parse(await run(Deno.execPath(), ["info", "--json"], Deno.cwd()));
  const registries = Array.from(Deno.readDirSync(npmCache), ({ name }) => join(npmCache, name));
  const licences = new Map<string, string>();
  for (const specifier of specifiers) {
    const [, name = "", version = ""] = /^npm:\/?(.+)@([^@/]+)\/?$/.exec(specifier) ?? [];
    const folders = registries.map((registry) => join(registry, name, version));
    const found = await Promise.all(folders.map((folder) => readIfThere(join(folder, "LICENSE"))));
    const text = found.find((each) => each !== undefined);
    if (text === undefined) throw new Error(`${specifier} has no LICENSE`);
    licences.set(name, text);
  }
  return licences;
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
