/** Python's readers of published schemas. */
import { join } from "node:path";
import { installedFolder, run } from "./cache.ts";

const FOLDER = import.meta.dirname!;

/** What the deployment files hold. */
export interface Deployment {
  // deno-lint-ignore no-explicit-any -- their schemas are checked, not typed
  compose: any;
  // deno-lint-ignore no-explicit-any
  kubernetes: any[];
}

/**
 * Reads deployment files.
 *
 * @throws Error that says which one does not follow its schema, or that the validator cannot be had
 */
export async function readDeployment(
  composeFile: string,
  kubernetesFiles: readonly string[],
): Promise<Deployment> {
  const script = join(FOLDER, "validate.py");
  return JSON.parse(await run(await python(), [script, composeFile, ...kubernetesFiles]));
}

/** Path of a Python that has the validators. */
async function python(): Promise<string> {
  const requirements = join(FOLDER, "requirements.txt");
  const folder = await installedFolder("deploy", [requirements], async (target) => {
    await run("python3", ["-m", "venv", join(target, "venv")]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    await run(join(target, "venv/bin/python"), [...pip, "--requirement", requirements]);
  });
  return join(folder, "venv/bin/python");
}
