/** Python's readers of published schemas, installed once into a cache folder. */
import { join } from "node:path";

const FOLDER = import.meta.dirname!;
const INSTALLED = ".installed";

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
  const bytes = await Deno.readFile(requirements);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex().slice(0, 16);
  const directory = join(cacheRoot(), `deploy-${hash}`);
  const executable = join(directory, "venv/bin/python");
  await Deno.mkdir(directory, { recursive: true });
  using lock = await Deno.open(join(directory, ".lock"), { create: true, write: true });
  await lock.lock(true); // another test process may be installing the same
  if ([...Deno.readDirSync(directory)].some(({ name }) => name === INSTALLED)) return executable;
  await run("python3", ["-m", "venv", join(directory, "venv")]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
  await run(executable, [...pip, "--requirement", requirements]);
  await Deno.writeTextFile(join(directory, INSTALLED), "");
  return executable;
}

function cacheRoot(): string {
  const user = Deno.env.get("XDG_CACHE_HOME") ?? join(Deno.env.get("HOME") ?? ".", ".cache");
  return Deno.env.get("NSQ_INTEROP_CACHE") ?? join(user, "nsq-interop");
}

async function run(executable: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(executable, { args }).output();
  const text = new TextDecoder();
  if (!success) throw new Error(`${executable} ${args.join(" ")}:\n${text.decode(stderr)}`);
  return text.decode(stdout);
}
