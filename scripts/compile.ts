/**
 * `deno task compile`: makes `dist/nsq`, one file that runs where no Deno and no packages are.
 *
 * The program is bundled into one script, and that script is compiled without configuration: a
 * direct compile would embed every package of the lock file and start more slowly. The permissions
 * and V8 flags of the executable are those of the `nsqd` task in deno.json, written only there.
 */
import { join, resolve } from "node:path";
import { bundleWeb, WEB_FOLDER } from "./bundle_web.ts";
import { ensureDenort } from "./denort.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const EXECUTABLE = join(ROOT, "dist", "nsq");
/**
 * Stays beside the executable: the lines in stack traces are its lines. A source map inside would
 * cost 4 MB of resident memory, measured.
 */
const BUNDLE = join(ROOT, "dist", "nsq.js");
const SIZE_LIMIT_BYTES = 105_000_000;
const BASE_HOST = "https://dl.deno.land/";
const PROBE_TIMEOUT_MS = 10_000;
const COMPILE_TIMEOUT_MS = 600_000;
const START_SAMPLES = 5;

/**
 * The flags of a `deno run` command line that also belong into the executable.
 *
 * @throws Error when there are none, as an executable without permissions is of no use
 */
export function runtimeFlags(command: string): string[] {
  const flags = command.split(/\s+/)
    .filter((word) => /^--(allow-|deny-|v8-flags=|no-prompt$|unstable-)/.test(word));
  if (flags.length === 0) throw new Error(`no permissions in the task: ${command}`);
  return flags;
}

async function compile(): Promise<void> {
  const { tasks } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const flags = runtimeFlags(tasks.nsqd.command);
  await Deno.mkdir(join(ROOT, "dist"), { recursive: true });
  console.log(await bundleWeb());
  const main = join(ROOT, "main.ts");
  await deno(["bundle", "--quiet", "--lock=deno.lock", "--frozen", "--output", BUNDLE, main]);
  await deno(
    [
      ...["compile", "--quiet", "--no-config", "--no-lock", ...flags],
      ...["--include", WEB_FOLDER, "--output", EXECUTABLE, BUNDLE],
    ],
    await baseExecutable(),
  );

  const { size } = await Deno.stat(EXECUTABLE);
  const startMs = await medianStartMs();
  console.log(`dist/nsq: ${(size / 1e6).toFixed(1)} MB, --version in ${startMs.toFixed(0)} ms`);
  if (size > SIZE_LIMIT_BYTES) throw new Error(`dist/nsq is over ${SIZE_LIMIT_BYTES / 1e6} MB`);
}

/** Environment that names the base executable; empty when Deno has it or can download it. */
async function baseExecutable(): Promise<Record<string, string>> {
  if (Deno.env.get("DENORT_BIN") || await isBaseCached() || await isBaseHostReachable()) return {};
  console.log(`${BASE_HOST} cannot be reached: taking the base executable from PyPI`);
  return { DENORT_BIN: await ensureDenort() };
}

async function isBaseCached(): Promise<boolean> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
  const { deno } = Deno.version;
  return await Deno.stat(join(denoDir, `dl/release/v${deno}/denort-${Deno.build.target}.zip`))
    .then(() => true, () => false); // Whatever is wrong with it, Deno downloads it again.
}

async function isBaseHostReachable(): Promise<boolean> {
  const url = `${BASE_HOST}release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  try {
    const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
    const response = await fetch(url, { method: "HEAD", signal });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Unreachable is the answer, and the caller says so.
  }
}

async function deno(args: string[], env: Record<string, string> = {}): Promise<void> {
  const { success, code } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
    signal: AbortSignal.timeout(COMPILE_TIMEOUT_MS),
  }).output();
  if (!success) throw new Error(`deno ${args[0]} failed with code ${code}`);
}

async function medianStartMs(): Promise<number> {
  const samples: number[] = [];
  for (let i = 0; i < START_SAMPLES; i++) {
    const start = performance.now();
    const { success } = await new Deno.Command(EXECUTABLE, { args: ["--version"] }).output();
    if (!success) throw new Error("dist/nsq --version failed");
    samples.push(performance.now() - start);
  }
  return samples.sort((a, b) => a - b)[START_SAMPLES >> 1]!;
}

if (import.meta.main) {
  try {
    await compile();
  } catch (error) {
    console.error(`compile: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
