/**
 * Finds `denort`, the base executable that `deno compile` appends a program to, where Deno's own
 * download host cannot be reached.
 *
 * The PyPI package `bids-validator-deno` 3.0.0a3 ships a program that Deno 2.7.14 compiled for
 * Linux on two kinds of machines, and for macOS on arm64. An ELF file ends with its section header table; what follows is the embedded
 * program. Cut there, the file is the plain base of the same Deno version. Of a Mach-O file the program is a segment, which can be taken
 * out (`mach_o.ts`). Download and result are both checked against pinned SHA-256 digests, and the result is kept in the user's cache folder.
 *
 * As a program it prints the path: `deno run -A scripts/denort.ts`.
 */
import { join } from "node:path";
import { withoutProgram } from "./mach_o.ts";

/** The only Deno version that the pinned base fits: any other gives an executable that breaks. */
export const DENORT_VERSION = "2.7.14";

const WHEEL_REQUIREMENT = "bids-validator-deno==3.0.0a3";
const WHEEL_MEMBER = "bids_validator_deno-3.0.0a3.data/scripts/bids-validator-deno";

/** A package for one kind of machine, and the base that is cut out of it. */
interface Pin {
  /** As pip names it. */
  readonly platform: string;
  readonly wheelSha256: string;
  readonly baseSha256: string;
  /** Takes the base out of the package's program. */
  readonly cut: (program: Uint8Array) => Uint8Array<ArrayBuffer>;
}

const elfBase = (program: Uint8Array) => program.slice(0, elfLength(program));

/** By Deno's names of targets. */
const PINS: Readonly<Record<string, Pin>> = {
  "x86_64-unknown-linux-gnu": {
    platform: "manylinux_2_28_x86_64",
    wheelSha256: "b1ec0451af15c29df77a320fa66e58580fd48de5348f9139c764857b4e81c31f",
    baseSha256: "44fa11ae44592891a07ecc3967cdb091ae316a947d60929415d26dedbb8f55b7",
    cut: elfBase,
  },
  "aarch64-unknown-linux-gnu": {
    platform: "manylinux_2_28_aarch64",
    wheelSha256: "e2f96c23d1b07aa720826a289e92812a6e49487a87722a56ba6a505a5c0a96be",
    baseSha256: "0d8efb0267594b14f4cb073f8813c456b283debf467cd36cd9e01db7eaf174f7",
    cut: elfBase,
  },
  // The base, with the package's own program put in again as Deno does it, was the package's program, byte for byte.
  "aarch64-apple-darwin": {
    platform: "macosx_11_0_arm64",
    wheelSha256: "e9f50f6442b88aee21a1afae93f2ee48dadf139c0e8e05c05ea5fee0b07e6475",
    baseSha256: "d9f4f9cbfa520d2fa913b04b246ed2f36e275885e5dab664deaf4c95a7b234da",
    cut: withoutProgram,
  },
};

/** Whether there is a base on PyPI for a target. */
export function isPinned(target: string): boolean {
  return target in PINS && Deno.version.deno === DENORT_VERSION;
}
const FETCH_TIMEOUT_MS = 300_000;

/**
 * Path of a checked `denort`, fetched on first use.
 *
 * @param target of the executable, in Deno's words
 * @param cacheDir folder to keep it in, made when missing
 * @throws Error for another target or Deno version, when python3 or the package cannot be had,
 *   or when a digest differs from the pinned one
 */
export async function ensureDenort(
  target: string = Deno.build.target,
  cacheDir: string = userCacheDir(),
): Promise<string> {
  const pin = PINS[target];
  if (pin === undefined || !isPinned(target)) {
    throw new Error(
      `the PyPI bases are Deno ${DENORT_VERSION} for ${Object.keys(PINS).join(" and ")}, this is ` +
        `${Deno.version.deno} for ${target}: set DENORT_BIN to a denort of your own`,
    );
  }
  const path = join(cacheDir, `denort-${DENORT_VERSION}-${target}`);
  const cached = await readIfPresent(path);
  if (cached !== undefined && await sha256Hex(cached) === pin.baseSha256) return path;

  await Deno.mkdir(cacheDir, { recursive: true });
  const workDir = await Deno.makeTempDir({ dir: cacheDir, prefix: "denort-" });
  try {
    const program = await fetchWheelMember(workDir, pin);
    const base = pin.cut(program);
    expectDigest("the base cut from the package", await sha256Hex(base), pin.baseSha256);
    const partPath = join(workDir, "denort");
    await Deno.writeFile(partPath, base, { mode: 0o755 });
    await Deno.rename(partPath, path); // Whole or not at all, also with two builds at once.
  } finally {
    await Deno.remove(workDir, { recursive: true });
  }
  return path;
}

/**
 * Length in bytes of the ELF64 little-endian file at the start of `bytes`, taken as the end of its
 * section header table, which linkers write last.
 *
 * @throws Error when the bytes are not such a file
 */
export function elfLength(bytes: Uint8Array): number {
  const ELF64_HEADER_BYTES = 64;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isElf64LittleEndian = bytes.length >= ELF64_HEADER_BYTES &&
    view.getUint32(0) === 0x7f454c46 && bytes[4] === 2 && bytes[5] === 1;
  if (!isElf64LittleEndian) throw new Error("not a 64-bit little-endian ELF file");
  const sectionTableOffset = Number(view.getBigUint64(0x28, true));
  const sectionHeaderBytes = view.getUint16(0x3a, true);
  const sectionCount = view.getUint16(0x3c, true);
  const length = sectionTableOffset + sectionHeaderBytes * sectionCount;
  if (sectionTableOffset === 0 || length > bytes.length) {
    throw new Error("the ELF file has no section header table or is truncated");
  }
  return length;
}

async function fetchWheelMember(workDir: string, pin: Pin): Promise<Uint8Array<ArrayBuffer>> {
  // deno-fmt-ignore
  await python(["-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps",
    "--only-binary=:all:", `--platform=${pin.platform}`, `--dest=${workDir}`, WHEEL_REQUIREMENT]);
  const wheel = [...Deno.readDirSync(workDir)].find((entry) => entry.name.endsWith(".whl"));
  if (wheel === undefined) throw new Error(`pip downloaded no wheel of ${WHEEL_REQUIREMENT}`);
  const wheelPath = join(workDir, wheel.name);
  expectDigest(wheel.name, await sha256Hex(await Deno.readFile(wheelPath)), pin.wheelSha256);
  await python(["-m", "zipfile", "-e", wheelPath, workDir]);
  return await Deno.readFile(join(workDir, WHEEL_MEMBER));
}

async function python(args: string[]): Promise<void> {
  const { success, code } = await new Deno.Command("python3", {
    args,
    stdin: "null",
    stdout: "null",
    stderr: "inherit",
    signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
  }).output();
  if (!success) throw new Error(`python3 ${args.slice(0, 2).join(" ")} failed with code ${code}`);
}

async function readIfPresent(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function sha256Hex(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}

function expectDigest(what: string, actual: string, expected: string): void {
  if (actual !== expected) {
    throw new Error(`${what} has SHA-256 ${actual}, but ${expected} is pinned`);
  }
}

/** Where this project keeps what it fetched. @throws Error when the surroundings name no such place */
export function userCacheDir(): string {
  const home = Deno.env.get("HOME");
  const base = Deno.env.get("XDG_CACHE_HOME") || (home && join(home, ".cache"));
  if (!base) {
    throw new Error("neither XDG_CACHE_HOME nor HOME is set: nowhere to keep what was fetched");
  }
  return join(base, "nsq-ts");
}

if (import.meta.main) console.log(await ensureDenort());
