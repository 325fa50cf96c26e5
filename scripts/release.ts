/**
 * `deno task release [FOLDER]`: what is handed out of this version, in `dist/release` unless told otherwise, made of the compiled `dist/nsq`:
 * archives, Debian packages, packages of the client library, and SHA-256 sums. The version is that of `lib/version.ts`.
 */
import { join, resolve } from "node:path";
import { PROJECT_VERSION } from "../lib/version.ts";
import { hasBase, makeExecutable } from "./compile.ts";
import { makeArchive } from "./release/archive.ts";
import { makeDebianPackage } from "./release/debian.ts";
import { makeJsrFolder, makeNpmPackage } from "./release/client/package.ts";
import { run } from "./release/run.ts";

const ROOT = resolve(import.meta.dirname!, "..");

/** What executables are made for, beside this machine's kind. */
const TARGETS = [
  { target: "x86_64-unknown-linux-gnu", arch: "x86_64", os: "linux" },
  { target: "aarch64-unknown-linux-gnu", arch: "aarch64", os: "linux" },
  { target: "aarch64-apple-darwin", arch: "aarch64", os: "darwin" },
] as const;

const NATIVE = join(ROOT, "dist", "nsq");

async function main(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const client = { version: PROJECT_VERSION, folder, root: ROOT };
  const made: string[] = [];
  for (const { target, arch, os } of TARGETS) {
    if (!await hasBase(target)) {
      console.log(
        `no archive for ${target}: its base executable can be had neither from PyPI, for this Deno, nor from Deno's download host, which cannot be reached`,
      );
      continue;
    }
    const executable = join(ROOT, "dist", target === Deno.build.target ? "nsq" : `nsq-${target}`);
    if (target !== Deno.build.target) await makeExecutable(target, executable);
    const parts = { ...client, executable, arch, os, native: NATIVE };
    made.push(await makeArchive(parts));
    if (os === "linux") made.push(await makeDebianPackage(parts));
  }
  made.push(await makeNpmPackage(client));
  const library = await makeJsrFolder(client);
  const sums = await run("sha256sum", made, folder);
  await Deno.writeTextFile(join(folder, "SHA256SUMS"), sums);
  console.log(sums.trimEnd());
  console.log(`${join(folder, library)}: what \`deno publish\` takes`);
}

if (import.meta.main) {
  try {
    await main(resolve(Deno.args[0] ?? join(ROOT, "dist", "release")));
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
