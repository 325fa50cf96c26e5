/** A client that resets its connections as soon as they are made, as some health checkers do. */

/** Connects and resets in bursts: a burst is in the listener's queue before the first of it is taken. */
const PROGRAM = `
import socket, struct, sys, time
address = ("127.0.0.1", int(sys.argv[1]))
linger = struct.pack("ii", 1, 0)
print("begun", flush=True)
while True:
    burst = [socket.create_connection(address) for _ in range(20)]
    for each in burst:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        each.close()
    time.sleep(0.02)
`;

/** Resets some hundred connections a second to a port of the loopback until it is disposed of. */
export async function resetting(port: number) {
  const child = new Deno.Command("python3", {
    args: ["-c", PROGRAM, String(port)],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let running = true;
  const ended = child.status.then(() => {
    running = false;
  });
  const reader = child.stdout.getReader();
  await reader.read();
  return {
    get running(): boolean {
      return running;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      if (running) child.kill("SIGKILL");
      await reader.cancel();
      await ended;
    },
  };
}
