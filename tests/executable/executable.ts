/** The compiled executable under test, and running it for a moment. */
import { fileURLToPath } from "node:url";

/** How a run ended and what it printed. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Path of the executable: `NSQ_EXECUTABLE`, else `dist/nsq`.
 * @throws Error when there is none
 */
export function executablePath(): string {
  const path = Deno.env.get("NSQ_EXECUTABLE") ??
    fileURLToPath(new URL("../../dist/nsq", import.meta.url));
  try {
    return Deno.realPathSync(path);
  } catch (error) {
    throw new Error(`no executable at ${path}: run \`deno task compile\` first`, { cause: error });
  }
}

/** Runs the executable to its end, in `cwd`, with an environment of nothing but `env`. */
export async function run(
  args: string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command(executablePath(), {
    args,
    cwd,
    env,
    clearEnv: true,
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
