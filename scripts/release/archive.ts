import { join } from "node:path";
import { run } from "./run.ts";

/** What a release is made of. */
export interface ReleaseParts {
  readonly executable: string;
  /** The machine it is for, in Deno's words. */
  readonly arch: typeof Deno.build.arch;
  readonly os: typeof Deno.build.os;
  /** One that runs here, and says of itself what it would say there. */
  readonly native: string;
  readonly version: string;
  /** Where it goes to. */
  readonly folder: string;
  /** Of the project. */
  readonly root: string;
}

/** The names of nsqio/nsq's programs, each a link to the executable, which acts by the name it is called. */
const PROGRAM_NAMES = [
  "nsqd",
  "nsqlookupd",
  "nsqadmin",
  "nsq_tail",
  "nsq_to_file",
  "nsq_to_http",
  "nsq_to_nsq",
  "nsq_stat",
  "to_nsq",
] as const;

/** Puts the executable and its names into `folder`. */
export async function installPrograms(executable: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  await Deno.copyFile(executable, join(folder, "nsq"));
  await Deno.chmod(join(folder, "nsq"), 0o755);
  for (const name of PROGRAM_NAMES) await Deno.symlink("nsq", join(folder, name));
}

/** An archive of the executable, its names, and what one should have read. @returns its name */
export async function makeArchive(parts: ReleaseParts): Promise<string> {
  const { executable, arch, os, version, folder, root } = parts;
  const name = `nsq-${version}-${arch}-${os}`;
  const laidOut = await Deno.makeTempDir({ prefix: "nsq-release-" });
  try {
    await installPrograms(executable, join(laidOut, name, "bin"));
    for (const file of ["README.md", "LICENSE", "CHANGELOG.md"]) {
      await Deno.copyFile(join(root, file), join(laidOut, name, file));
    }
    await Deno.mkdir(join(laidOut, name, "docs"));
    for (const { name: page } of Deno.readDirSync(join(root, "docs"))) {
      await Deno.copyFile(join(root, "docs", page), join(laidOut, name, "docs", page));
    }
    const owner = ["--owner=0", "--group=0", "--sort=name"];
    await run("tar", [...owner, "-czf", join(folder, `${name}.tar.gz`), name], laidOut);
  } finally {
    await Deno.remove(laidOut, { recursive: true });
  }
  return `${name}.tar.gz`;
}
