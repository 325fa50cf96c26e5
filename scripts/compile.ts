/**
 * `deno task compile`: makes `dist/nsq`, one file that runs where no Deno and no packages are.
 *
 * The program is bundled into one script, and that script is compiled without configuration: a
 * direct compile would embed every package of the lock file and start more slowly. The permissions
 * and V8 flags of the executable are the broker's (program.ts).
 */
import { join, resolve } from "node:path";
import esbuild from "esbuild";
import { bundleWeb, WEB_FOLDER } from "./bundle_web.ts";
import { ensureDenort, isPinned } from "./denort.ts";
import { executableFlags } from "./program.ts";

const ROOT = resolve(import.meta.dirname!, "..");
const EXECUTABLE = join(ROOT, "dist", "nsq");
/**
 * Stays beside the executable: the lines in stack traces are its lines. A source map inside would
 * cost 4 MB of resident memory, measured.
 */
const BUNDLE = join(ROOT, "dist", "nsq.js");
/** The script of I/O threads, apart: a thread does not load the broker. */
const THREAD_BUNDLE = join(ROOT, "dist", "io_worker.js");
const SIZE_LIMIT_BYTES = 105_000_000;
const BASE_HOST = "https://dl.deno.land/";
const PROBE_TIMEOUT_MS = 10_000;
const COMPILE_TIMEOUT_MS = 600_000;
const START_SAMPLES = 5;

/** Characters in a line of a bundle: short enough that a stack trace's line and column find the place. */
const LINE_LIMIT = 160;

async function compile(): Promise<void> {
  await Deno.mkdir(join(ROOT, "dist"), { recursive: true });
  console.log(await bundleWeb());
  await bundle(join(ROOT, "main.ts"), BUNDLE);
  await bundle(join(ROOT, "lib", "io_threads", "worker.ts"), THREAD_BUNDLE);
  await makeExecutable(Deno.build.target, EXECUTABLE);

  const { size } = await Deno.stat(EXECUTABLE);
  const startMs = await medianStartMs();
  console.log(`dist/nsq: ${(size / 1e6).toFixed(1)} MB, --version in ${startMs.toFixed(0)} ms`);
  if (size > SIZE_LIMIT_BYTES) throw new Error(`dist/nsq is over ${SIZE_LIMIT_BYTES / 1e6} MB`);
}

/**
 * Makes an executable of what was bundled.
 * @param target in Deno's words. @throws Error where its base cannot be had
 */
export async function makeExecutable(target: string, output: string): Promise<void> {
  await deno(
    [
      // The sources were checked; in the bundle, comments of packages name types that are not there.
      ...["compile", "--quiet", "--no-check", "--no-config", "--no-lock", ...executableFlags()],
      ...["--target", target, "--include", WEB_FOLDER, "--include", THREAD_BUNDLE],
      ...["--output", output, BUNDLE],
    ],
    await baseExecutable(target),
  );
}

/** Whether there is something to make an executable for a target of. */
export async function hasBase(target: string): Promise<boolean> {
  return isPinned(target) || await isBaseCached(target) || await isBaseHostReachable(target);
}

async function bundle(main: string, output: string): Promise<void> {
  await deno(["bundle", "--quiet", "--lock=nsq.lock", "--frozen", "--output", output, main]);
  await Deno.writeTextFile(output, await withoutSpace(await Deno.readTextFile(output)));
}

/**
 * The same script without spaces that mean nothing: what is not there is neither read at the start nor kept (4 ms and 0.8 MB, measured).
 * Names stay, for stack traces. All in ASCII: V8 holds a script with a single other character with two bytes for each, 7 MB more.
 */
async function withoutSpace(script: string): Promise<string> {
  const { code } = await esbuild.transform(script, {
    minifyWhitespace: true,
    lineLimit: LINE_LIMIT,
    charset: "ascii",
    target: "esnext",
  });
  if (/[^\0-\x7f]/.test(code)) throw new Error("the bundle is not all in ASCII");
  return code;
}

/** Environment that names the base executable; empty when Deno has it or can download it. */
async function baseExecutable(target: string): Promise<Record<string, string>> {
  const isOwn = target === Deno.build.target && Deno.env.get("DENORT_BIN") !== undefined;
  if (isOwn || await isBaseCached(target) || await isBaseHostReachable(target)) return {};
  console.log(`${BASE_HOST} cannot be reached: taking the base executable from PyPI`);
  return { DENORT_BIN: await ensureDenort(target) };
}

async function isBaseCached(target: string): Promise<boolean> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
  const { deno } = Deno.version;
  return await Deno.stat(join(denoDir, `dl/release/v${deno}/denort-${target}.zip`))
    .then(() => true, () => false); // Whatever is wrong with it, Deno downloads it again.
}

async function isBaseHostReachable(target: string): Promise<boolean> {
  const url = `${BASE_HOST}release/v${Deno.version.deno}/denort-${target}.zip`;
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
