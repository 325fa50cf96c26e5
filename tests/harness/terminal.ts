/** A tool in a terminal. */
import { equal } from "./assert.ts";
import { projectFolder, toolCommand } from "./target.ts";

/**
 * Runs a command in a pseudo-terminal of 30 × 120 characters. Takes a plan on stdin: text
 * to wait for and keys to send then, as JSON. Prints as JSON what was shown, the exit
 * code and whether the terminal is in its modes of before.
 */
const IN_TERMINAL = `
import fcntl, json, os, pty, select, struct, sys, termios
plan = json.loads(sys.stdin.readline())
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 120, 0, 0))
before = termios.tcgetattr(fd)
shown = b""
def read():
    global shown
    if not select.select([fd], [], [], 60)[0]:
        raise SystemExit("nothing more is shown after: " + repr(shown[-2000:]))
    try:
        piece = os.read(fd, 65536)
    except OSError:
        return False
    shown += piece
    return piece != b""
at = 0
for wanted, keys in plan:
    while shown.find(wanted.encode(), at) < 0:
        if not read():
            raise SystemExit("ended before " + wanted)
    at = len(shown)
    if keys == "resize":
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 10, 50, 0, 0))
    else:
        os.write(fd, keys.encode())
while read():
    pass
_, status = os.waitpid(pid, 0)
restored = termios.tcgetattr(fd) == before
print(json.dumps({"shown": shown.decode(), "code": os.waitstatus_to_exitcode(status), "restored": restored}))
`;

/** How a tool ended that was run in a terminal. */
export interface TerminalOutcome {
  /** All that was written to the terminal. */
  readonly shown: string;
  readonly code: number;
  /** Whether the terminal is in its modes of before. */
  readonly restored: boolean;
}

/**
 * Runs a tool in a terminal to its end.
 *
 * @param env variables beyond those of this process
 * @param plan what to wait for, and what to type then; `resize` makes the terminal smaller
 */
export async function inTerminal(
  name: string,
  flags: readonly string[],
  plan: readonly (readonly [wanted: string, keys: string])[],
  env: Readonly<Record<string, string>> = {},
): Promise<TerminalOutcome> {
  const child = new Deno.Command("python3", {
    args: ["-c", IN_TERMINAL, ...toolCommand(name), ...flags],
    cwd: projectFolder,
    env: { NO_COLOR: "", ...env }, // whatever those want who read the tests' own output
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(plan) + "\n"));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}
