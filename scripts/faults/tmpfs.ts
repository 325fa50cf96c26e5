/** Where a tmpfs can be mounted. */

/** Set in a process that was started again as root of its own user and mount namespace. */
const IN_NAMESPACE = "NSQ_FAULTS_IN_NAMESPACE";

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
