/** What one process did to its files and sockets, as the kernel saw it: the log of strace, read. */

/** One thing that it did, at `atMs` (unix ms). */
export type Operation =
  & { atMs: number }
  & (
    | { kind: "open"; fd: number; path: string; creates: boolean; truncates: boolean }
    | { kind: "duplicate"; fd: number; from: number }
    | { kind: "close"; fd: number }
    | { kind: "accept"; fd: number; port: number }
    | { kind: "write"; fd: number; bytes: Uint8Array; offset: number | null }
    | { kind: "seek"; fd: number; to: number }
    | { kind: "resize"; fd: number; path: string; bytes: number }
    | { kind: "rename"; from: string; to: string }
    | { kind: "remove"; path: string }
    | { kind: "fsync begins"; fd: number; id: number }
    | { kind: "fsync ends"; id: number; failed: boolean }
  );

/** strace and its arguments, to be put in front of the command that is to be recorded. */
export function recorder(log: string): string[] {
  const calls = "openat,write,pwrite64,lseek,ftruncate,truncate,rename,renameat,renameat2,unlink," +
    "unlinkat,fsync,fdatasync,close,accept4,sendto,fcntl,dup,dup2,dup3";
  return ["strace", "-D", "-f", "-ttt", "-xx", "-s", "4000000", "-o", log, "-e", `trace=${calls}`];
}

/** Reads the log. Calls that failed did nothing; one that did not return may have done its work. */
export function readRecording(log: string): Operation[] {
  const operations: Operation[] = [];
  const begun = new Map<string, { call: string; text: string; id: number }>();
  let lastId = 0;
  for (const line of log.split("\n")) {
    const match = /^(\d+) +(\d+\.\d+) (?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)$/.exec(line);
    if (match === null) continue;
    const [, thread = "", time, resumed, called, rest = ""] = match;
    const atMs = Number(time) * 1000;
    if (called !== undefined) {
      const id = ++lastId, call = called, text = rest.replace(/ <unfinished \.\.\.>$/, "");
      const isWhole = text === rest;
      if (isSync(call)) {
        operations.push({ kind: "fsync begins", fd: parseInt(text), id, atMs });
        if (isWhole) operations.push({ kind: "fsync ends", id, failed: hasFailed(text), atMs });
      } else if (isWhole || isSend(call)) add(operations, call, text, atMs);
      if (!isWhole) begun.set(thread, { call, text, id });
    } else {
      const { call, text, id } = begun.get(thread) ?? { call: "", text: "", id: 0 };
      begun.delete(thread);
      if (isSync(resumed!)) {
        operations.push({ kind: "fsync ends", id, failed: hasFailed(rest), atMs });
      } else if (call !== "" && !isSend(call)) add(operations, call, text + rest, atMs);
    }
  }
  return operations;
}

const isSync = (call: string) => call === "fsync" || call === "fdatasync";
/** An answer may be with the client as soon as the call has begun. */
const isSend = (call: string) => call === "sendto";
const hasFailed = (text: string) => / = -1 /.test(text);

function add(operations: Operation[], call: string, text: string, atMs: number): void {
  if (hasFailed(text)) return;
  const result = Number(/ = (-?\d+)[^=]*$/.exec(text)?.[1] ?? NaN);
  const strings = [...text.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex]) => bytesOf(hex!));
  const path = (at: number) => new TextDecoder().decode(strings[at]);
  const fd = parseInt(text), numbers = [...text.matchAll(/, (-?\d+)(?=[,)])/g)].map((m) => +m[1]!);
  if (call === "openat") {
    const [creates, truncates] = [text.includes("O_CREAT"), text.includes("O_TRUNC")];
    operations.push({ kind: "open", fd: result, path: path(0), creates, truncates, atMs });
  } else if (call === "write" || call === "pwrite64") {
    const bytes = strings[0]!.subarray(0, Number.isNaN(result) ? undefined : result);
    const offset = call === "write" ? null : numbers.at(-1)!;
    operations.push({ kind: "write", fd, bytes, offset, atMs });
  } else if (call === "sendto") {
    operations.push({ kind: "write", fd, bytes: strings[0]!, offset: null, atMs });
  } else if (call === "lseek") operations.push({ kind: "seek", fd, to: result, atMs });
  else if (call === "ftruncate") {
    operations.push({ kind: "resize", fd, path: "", bytes: numbers[0]!, atMs });
  } else if (call === "truncate") {
    operations.push({ kind: "resize", fd: -1, path: path(0), bytes: numbers[0]!, atMs });
  } else if (call.startsWith("rename")) {
    operations.push({ kind: "rename", from: path(0), to: path(1), atMs });
  } else if (call.startsWith("unlink")) operations.push({ kind: "remove", path: path(0), atMs });
  else if (call === "close") operations.push({ kind: "close", fd, atMs });
  else if (call === "accept4") {
    const port = Number(/htons\((\d+)\)/.exec(text)?.[1]);
    operations.push({ kind: "accept", fd: result, port, atMs });
  } else if (call.startsWith("dup") || text.includes("F_DUPFD")) {
    operations.push({ kind: "duplicate", fd: result, from: fd, atMs });
  }
}

function bytesOf(escaped: string): Uint8Array {
  return Uint8Array.fromHex(escaped.replaceAll("\\x", ""));
}
