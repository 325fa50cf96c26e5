/**
 * Runs something with the newest Deno, in place of the one that is pinned, compiled and shipped:
 *
 *     deno run -A scripts/newest_deno.ts check
 *
 * PyPI has it as a package, for each kind of machine; it is kept in the user's cache folder, and nobody else's PATH has it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { userCacheDir } from "./denort.ts";

/** The newest that the front-door tests are known to pass with: docs/dependencies.md says what is different. */
export const NEWEST_VERSION = "2.9.8";

const INSTALL_TIMEOUT_MS = 300_000;

/** Path of the executable, fetched on first use. @throws Error when python3 or the package cannot be had */
async function ensureNewestDeno(): Promise<string> {
  const cacheDir = userCacheDir();
  const folder = join(cacheDir, `deno-${NEWEST_VERSION}`);
  const path = join(folder, "bin", "deno");
  if (existsSync(path)) return path;

  await Deno.mkdir(cacheDir, { recursive: true });
  const part = await Deno.makeTempDir({ dir: cacheDir, prefix: "deno-part-" });
  const { success, code } = await new Deno.Command("python3", {
    args: [
      ...["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"],
      ...["--only-binary=:all:", "--no-warn-script-location", "--root-user-action=ignore"],
      ...[`--target=${part}`, `deno==${NEWEST_VERSION}`],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(INSTALL_TIMEOUT_MS),
  }).output();
  if (!success) {
    await Deno.remove(part, { recursive: true });
    throw new Error(`pip could not install deno ${NEWEST_VERSION}: exit code ${code}`);
  }
  await Deno.rename(part, folder); // Whole or not at all.
  return path;
}

if (import.meta.main) {
  const child = new Deno.Command(await ensureNewestDeno(), { args: Deno.args }).spawn();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => child.kill(signal));
  }
  Deno.exit((await child.status).code);
}
