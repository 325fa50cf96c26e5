/** One process of a command-line tool. */
import { fail } from "./assert.ts";
import { Daemon, START_DEADLINE_MS } from "./daemon.ts";
import { withDeadline } from "./eventually.ts";
import { projectFolder, toolCommand } from "./target.ts";
import { type Chunk, concat } from "./wire.ts";

/** How a tool ended that was run to its end. */
export interface ToolOutcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running tool: its log is watched, what it prints is kept; ended as a {@link Daemon} is. */
export class Tool extends Daemon {
  /** What it has printed so far. */
  stdout = "";
  /** Settles when it has closed its stdout. */
  readonly printed: Promise<void>;

  constructor(name: string, child: Deno.ChildProcess) {
    super(name, child);
    this.printed = this.#read(child.stdout);
  }

  override async removeFiles(): Promise<void> {
    await this.printed;
  }

  async #read(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const piece of stdout.pipeThrough(new TextDecoderStream())) this.stdout += piece;
  }
}

/**
 * Starts a tool that runs until it is told to stop.
 *
 * @param name as in nsqio/nsq, such as `nsq_to_http`
 */
export function startTool(name: string, ...flags: string[]): Tool {
  return new Tool(name, spawn(name, flags, "null"));
}

/** Runs a tool to its end, with `stdin` to read. */
export async function runTool(
  name: string,
  flags: readonly string[],
  stdin: Chunk = "",
): Promise<ToolOutcome> {
  const child = spawn(name, flags, "piped");
  const writer = child.stdin.getWriter();
  const written = writer.write(concat(stdin)).then(() => writer.close())
    .catch(() => {}); // it need not read to the end
  const ended = child.output();
  try {
    const { code, stdout, stderr } = await withDeadline(ended, START_DEADLINE_MS, `end of ${name}`);
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    child.kill("SIGKILL");
    await ended;
    throw error;
  } finally {
    await written;
  }
}

function spawn(
  name: string,
  flags: readonly string[],
  stdin: "null" | "piped",
): Deno.ChildProcess {
  const [executable = fail("no command"), ...first] = toolCommand(name);
  return new Deno.Command(executable, {
    args: [...first, ...flags],
    cwd: projectFolder,
    stdin,
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}
