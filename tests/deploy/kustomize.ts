/** Kustomize, as a library of Go's in a program of ours. */
import { join } from "node:path";
import { installedFolder, run } from "./cache.ts";

const SOURCE = join(import.meta.dirname!, "kustomize");

/** What a folder with a kustomization.yaml comes to: YAML. @throws Error with kustomize's words */
export async function render(folder: string): Promise<string> {
  const files = ["main.go", "go.mod", "go.sum"].map((name) => join(SOURCE, name));
  const built = await installedFolder("kustomize", files, async (target) => {
    await run("go", ["build", "-o", join(target, "kustomize"), "."], SOURCE);
  });
  return await run(join(built, "kustomize"), [folder]);
}
