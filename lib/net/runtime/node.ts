import { readFileSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import type { Runtime } from "./runtime.ts";

const STDERR = 2;

/** Node 20 and newer. */
export const nodeRuntime: Runtime = {
  hostname,
  async connect(to) {
    const { connectNodeSocket } = await import("./node_socket.ts"); // Deno need not load it at its start
    return await connectNodeSocket(to);
  },
  startTls: null,
  isClosed: () => false, // node's sockets may be destroyed more than once
  readFile: (path) => readFileSync(path),
  writeStderr: (bytes) => writeSync(STDERR, bytes),
};
