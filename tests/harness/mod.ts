/**
 * The harness of the front-door tests: a real nsqd process, real sockets, and nothing of the project's own code, so that what a test
 * sees is what a user sees.
 *
 * - `target.ts` which executable is tested (ours from source, ours compiled, or another nsqd) and how tests are marked for it
 * - `daemon.ts` watches and ends one process; `nsqd.ts` and `lookupd.ts` start one
 * - `suite.ts` several tests that share one nsqd
 * - `assert.ts` strict assertions
 * - `client.ts` a raw V2 client; `wire.ts` the bytes it sends and receives
 * - `tool.ts` starts a command-line tool, or runs one to its end; `terminal.ts` runs one in a terminal
 * - `files.ts` the files of a data directory, byte by byte; `tiny_disk.ts` a disk that can be filled, `slow_sync.ts` one that is slow
 * - `abrupt_server.ts` a server that hangs up on everybody
 * - `runtime.ts` what is different on a Deno newer than the one that is compiled
 * - `ports.ts` ports that nobody else is given, also after their daemon has ended
 * - `hosts.ts` a hosts file of the tests' own
 * - `eventually.ts` waiting for what cannot be awaited
 *
 * ```ts
 * nsqdSuite([], (test) => {
 *   test("PUB answers OK", async (nsqd) => {
 *     using client = await Client.connect(nsqd.tcpPort);
 *     await client.publish(topicName(), "hello");
 *   });
 * });
 * ```
 */
export * from "./admin.ts";
export * from "./client.ts";
export * from "./daemon.ts";
export * from "./eventually.ts";
export * from "./files.ts";
export * from "./hosts.ts";
export * from "./lookupd.ts";
export * from "./nsqd.ts";
export * from "./ports.ts";
export * from "./runtime.ts";
export * from "./slow_sync.ts";
export * from "./suite.ts";
export * from "./target.ts";
export * from "./terminal.ts";
export * from "./tiny_disk.ts";
export * from "./tool.ts";
export * from "./wire.ts";
