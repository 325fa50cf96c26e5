/** A file system of a few megabytes that can be filled to the last byte. */
import { lacking } from "./required.ts";

/** A mounted tmpfs; disposing of it unmounts it. */
export class TinyDisk {
  private constructor(readonly path: string) {}

  /** Mounts one of this size, or returns undefined when this process may not mount, except in CI. */
  static async mount(bytes: number): Promise<TinyDisk | undefined> {
    const path = await Deno.makeTempDir({ prefix: "nsq-disk-" });
    const done = await run("mount", ["-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", path]);
    if (done) return new TinyDisk(path);
    await Deno.remove(path);
    return lacking("no tmpfs can be mounted");
  }

  /** Takes all the space that is left; removing the file gives it back. */
  async fill(name = "ballast"): Promise<string> {
    const path = `${this.path}/${name}`;
    using file = await Deno.open(path, { create: true, write: true, append: true });
    for (let bytes = new Uint8Array(64 * 1024); bytes.length > 0;) {
      try {
        await file.write(bytes);
      } catch {
        bytes = bytes.subarray(0, bytes.length >> 1);
      }
    }
    return path;
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
