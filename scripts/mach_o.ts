/**
 * Mach-O files for arm64, as `deno compile` makes them for macOS: the program is a segment of its own, `__SUI`, in front of `__LINKEDIT`,
 * which was moved behind it with everything that points into it; and all of it is signed, without an identity.
 *
 * Formats: `loader.h` of Apple's XNU for the commands, `cs_blobs.h` for the signature.
 */

const MAGIC_64 = 0xfeedfacf;
const CPU_ARM64 = 0x0100000c;
const HEADER_BYTES = 32;
const SEGMENT = 0x19;
const CODE_SIGNATURE = 0x1d;
const PROGRAM_SEGMENT = "__SUI";
const LINK_SEGMENT = "__LINKEDIT";
const PAGE_BYTES = 0x4000;

/** Where commands have offsets into `__LINKEDIT`, by command: bytes from its start. */
const LINK_OFFSETS: Readonly<Record<number, readonly number[]>> = {
  0x2: [8, 16], // symbols
  0xb: [32, 40, 48, 56, 64, 72], // dynamic symbols
  [CODE_SIGNATURE]: [8],
  0x26: [8], // starts of functions
  0x29: [8], // data in code
  0x22: [8, 16, 24, 32, 40], // what the loader binds
  0x80000022: [8, 16, 24, 32, 40],
  0x80000033: [8], // exports
  0x80000034: [8], // chained fix-ups
};

interface Command {
  readonly kind: number;
  readonly at: number;
  readonly bytes: number;
}

/** A segment's place in the file and in memory, in bytes. */
export interface Segment {
  readonly at: number;
  readonly fileOffset: number;
  readonly fileBytes: number;
}

/** What a file's commands say. */
export class MachO {
  readonly view: DataView;
  readonly commands: readonly Command[];

  /** @throws Error for anything but a whole file of 64 bits for arm64 */
  constructor(readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isFitting = bytes.length >= HEADER_BYTES && this.#word(0) === MAGIC_64 &&
      this.#word(4) === CPU_ARM64;
    if (!isFitting) throw new Error("not a 64-bit Mach-O file for arm64");
    const commands: Command[] = [];
    let at = HEADER_BYTES;
    for (let left = this.#word(16); left > 0; left--) {
      const command = { kind: this.#word(at), at, bytes: this.#word(at + 4) };
      commands.push(command);
      at += command.bytes;
    }
    this.commands = commands;
    for (const { fileOffset, fileBytes } of this.#segments().values()) {
      if (fileOffset + fileBytes > bytes.length) throw new Error("the Mach-O file is truncated");
    }
  }

  /** @throws Error where there is none of that name */
  segment(name: string): Segment {
    const segment = this.#segments().get(name);
    if (segment === undefined) throw new Error(`the Mach-O file has no segment ${name}`);
    return segment;
  }

  /** The signature's command. @throws Error for a file that is not signed */
  get signature(): { readonly at: number; readonly fileOffset: number; readonly bytes: number } {
    const command = this.commands.find(({ kind }) => kind === CODE_SIGNATURE);
    if (command === undefined) throw new Error("the Mach-O file is not signed");
    const { at } = command;
    return { at, fileOffset: this.#word(at + 8), bytes: this.#word(at + 12) };
  }

  #segments(): Map<string, Segment> {
    const named = this.commands.filter(({ kind }) => kind === SEGMENT).map(({ at }) => {
      const name = new TextDecoder().decode(this.bytes.subarray(at + 8, at + 24));
      const fileOffset = this.#long(at + 40), fileBytes = this.#long(at + 48);
      return [name.replace(/\0+$/, ""), { at, fileOffset, fileBytes }] as const;
    });
    return new Map(named);
  }

  #word(at: number): number {
    return this.view.getUint32(at, true);
  }

  #long(at: number): number {
    return Number(this.view.getBigUint64(at, true));
  }
}

/**
 * The base that `deno compile` made an executable of: without the program's segment, everything behind it back where it was, and without a
 * signature, which whoever puts a program in writes.
 *
 * @throws Error for a file that no `deno compile` made
 */
export function withoutProgram(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const file = new MachO(bytes);
  const program = file.segment(PROGRAM_SEGMENT);
  const link = file.segment(LINK_SEGMENT);
  const signature = file.signature;
  const moved = program.fileBytes;
  const linkBytes = signature.fileOffset - link.fileOffset;
  const base = new Uint8Array(program.fileOffset + linkBytes);
  base.set(bytes.subarray(0, program.fileOffset));
  base.set(bytes.subarray(link.fileOffset, signature.fileOffset), program.fileOffset);

  const view = new DataView(base.buffer);
  const minus = (at: number) => view.setUint32(at, view.getUint32(at, true) - moved, true);
  const minusLong = (at: number) =>
    view.setBigUint64(at, view.getBigUint64(at, true) - BigInt(moved), true);
  for (const { kind, at } of file.commands) {
    for (const offset of LINK_OFFSETS[kind] ?? []) {
      if (view.getUint32(at + offset, true) !== 0) minus(at + offset);
    }
  }
  view.setUint32(signature.at + 12, 0, true);
  minusLong(link.at + 24);
  minusLong(link.at + 40);
  view.setBigUint64(link.at + 32, BigInt(Math.ceil(linkBytes / PAGE_BYTES) * PAGE_BYTES), true);
  view.setBigUint64(link.at + 48, BigInt(linkBytes), true);

  const segment = file.commands.find(({ at }) => at === program.at)!;
  const end = file.commands.reduce((sum, each) => sum + each.bytes, HEADER_BYTES);
  base.copyWithin(segment.at, segment.at + segment.bytes, end);
  base.fill(0, end - segment.bytes, end);
  view.setUint32(16, file.commands.length - 1, true);
  view.setUint32(20, end - segment.bytes - HEADER_BYTES, true);
  return base;
}
