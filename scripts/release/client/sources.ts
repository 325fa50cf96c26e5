import { relative } from "node:path";
import { run } from "../run.ts";

/** Where the client library begins. */
export const CLIENT_ENTRY = "lib/client/mod.ts";

/** All files of the client library, and what it takes from the folders beside its own. Paths are relative to `root`. @throws Error */
export async function clientSources(root: string): Promise<string[]> {
  const args = ["info", "--json", "--lock=deno.lock", "--frozen", CLIENT_ENTRY];
  const { modules } = JSON.parse(await run(Deno.execPath(), args, root)) as {
    modules: { local?: string; specifier: string; error?: string }[];
  };
  const broken = modules.find(({ error }) => error !== undefined);
  if (broken !== undefined) throw new Error(`${broken.specifier}: ${broken.error}`);
  return modules.filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ local }) => relative(root, local!)).sort();
}
