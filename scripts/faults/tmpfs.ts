/** A file system of a few megabytes that can be filled to the last byte. */

/** Set in a process that was started again as root of its own user and mount namespace. */
const IN_NAMESPACE = "NSQ_FAULTS_IN_NAMESPACE";

/** A mounted tmpfs; disposing of it unmounts it. */
export class TinyDisk {
  private constructor(readonly path: string) {}

  /** Mounts one of this size, or returns undefined when this process may not mount. */
  static async mount(bytes: number): Promise<TinyDisk | undefined> {
    const path = await Deno.makeTempDir({ prefix: "nsq-disk-" });
    const done = await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
    if (done) return new TinyDisk(path);
    await Deno.remove(path);
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!await run("umount", [this.path])) throw new Error(`could not unmount ${this.path}`);
    await Deno.remove(this.path);
  }
}

async function run(program: string, args: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(program, { args: [...args], stderr: "null" }).output();
  return success;
}

/**
 * Runs this script again with the given arguments where it may mount: in namespaces of its own. Gives back what it
 * printed. @throws {Error} when that is not possible, or it failed.
 */
export async function runWhereMountingWorks(args: readonly string[]): Promise<string> {
  if (Deno.env.has(IN_NAMESPACE)) throw new Error("cannot mount a tmpfs, not even in a namespace");
  const { success, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-rm", Deno.execPath(), "run", "--allow-all", Deno.mainModule, ...args],
    env: { [IN_NAMESPACE]: "yes" },
  }).output();
  const output = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  if (!success) {
    throw new Error(
      `needs root, or user namespaces, to mount a small tmpfs; unshare -rm: ${output}`,
    );
  }
  return output;
}
