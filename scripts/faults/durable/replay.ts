/** Does again, on a disk in memory, what a recording says, up to any point; then the power is cut. */
import { SimulatedDirectory } from "../../../lib/storage/testing/simulated_directory.ts";
import { SimulatedInode } from "../../../lib/storage/testing/simulated_inode.ts";
import type { Operation } from "./recording.ts";

const FRAME_HEADER_BYTES = 8;
const RESPONSE_OK = "00000006000000004f4b";

/** An open file; all descriptors that were duplicated share its position. */
interface OpenFile {
  inode: SimulatedInode | null;
  /** A directory, if it is none of the files. */
  path: string;
  position: number;
}

/** A data directory, and the answers of the process that uses it. */
export class Replay {
  readonly #folder: string;
  readonly #directory = new SimulatedDirectory();
  readonly #open = new Map<number, OpenFile>();
  readonly #ports = new Map<number, number>();
  readonly #ends = new Map<number, (failed: boolean) => void>();
  readonly #pending = new Map<number, Uint8Array>();
  /** How many OKs have left to each port of a client. */
  readonly answers = new Map<number, number>();

  /** @param folder the data path of the recorded process; only what lies in it counts */
  constructor(folder: string) {
    this.#folder = folder;
    this.#directory.directories.add(folder);
  }

  /** The files that a power cut may leave now, by name. */
  powerCut(random: () => number): Map<string, Uint8Array> {
    const { entries } = this.#directory.afterPowerCut(random);
    const files = new Map<string, Uint8Array>();
    for (const [path, inode] of entries) {
      files.set(path.slice(this.#folder.length + 1), inode.content());
    }
    return files;
  }

  apply(operation: Operation): void {
    switch (operation.kind) {
      case "open":
        return this.#openFile(operation);
      case "duplicate": {
        const file = this.#open.get(operation.from);
        if (file !== undefined) this.#open.set(operation.fd, file);
        return;
      }
      case "close":
        this.#open.delete(operation.fd);
        this.#ports.delete(operation.fd);
        return;
      case "accept":
        this.#ports.set(operation.fd, operation.port);
        return;
      case "write":
        return this.#write(operation);
      case "seek": {
        const file = this.#open.get(operation.fd);
        if (file !== undefined) file.position = operation.to;
        return;
      }
      case "resize":
        this.#inodeOf(operation)?.resize(operation.bytes);
        return;
      case "rename":
        if (this.#holds(operation.from)) this.#directory.rename(operation.from, operation.to);
        return;
      case "remove":
        if (this.#holds(operation.path)) this.#directory.remove(operation.path);
        return;
      case "fsync begins":
        return this.#beginSync(operation.id, operation.fd);
      case "fsync ends":
        this.#ends.get(operation.id)?.(operation.failed);
        this.#ends.delete(operation.id);
    }
  }

  #holds(path: string): boolean {
    return this.#directory.entries.has(path);
  }

  #inodeOf({ fd, path }: { fd: number; path: string }): SimulatedInode | null | undefined {
    return fd < 0 ? this.#directory.entries.get(path) : this.#open.get(fd)?.inode;
  }

  #openFile({ fd, path, creates, truncates }: Extract<Operation, { kind: "open" }>): void {
    if (path === this.#folder) {
      this.#open.set(fd, { inode: null, path, position: 0 });
      return;
    }
    if (!path.startsWith(`${this.#folder}/`)) return;
    let inode = this.#directory.entries.get(path);
    if (inode === undefined) {
      if (!creates) return;
      this.#directory.create(path, inode = new SimulatedInode());
    }
    if (truncates) inode.resize(0);
    this.#open.set(fd, { inode, path, position: 0 });
  }

  #write({ fd, bytes, offset }: Extract<Operation, { kind: "write" }>): void {
    const port = this.#ports.get(fd);
    if (port !== undefined) return this.#answer(port, bytes);
    const file = this.#open.get(fd);
    if (file === undefined || file.inode === null) return;
    file.inode.write(offset ?? file.position, bytes);
    if (offset === null) file.position += bytes.length;
  }

  #beginSync(id: number, fd: number): void {
    const file = this.#open.get(fd);
    if (file === undefined) return;
    const { inode, path } = file;
    if (inode === null) {
      const end = this.#directory.beginSync(path);
      this.#ends.set(id, (failed) => failed || end());
      return;
    }
    const flush = inode.beginSync();
    this.#ends.set(id, (failed) => failed ? inode.failSync(flush, true) : inode.endSync(flush));
  }

  /** Counts the OKs among the frames. */
  #answer(port: number, bytes: Uint8Array): void {
    const before = this.#pending.get(port) ?? new Uint8Array(0);
    const all = new Uint8Array(before.length + bytes.length);
    all.set(before);
    all.set(bytes, before.length);
    const view = new DataView(all.buffer);
    let at = 0;
    while (at + FRAME_HEADER_BYTES <= all.length && at + 4 + view.getUint32(at) <= all.length) {
      const end = at + 4 + view.getUint32(at);
      if (all.subarray(at, end).toHex() === RESPONSE_OK) {
        this.answers.set(port, (this.answers.get(port) ?? 0) + 1);
      }
      at = end;
    }
    this.#pending.set(port, all.slice(at));
  }
}
