/** Ranges of addresses, such as 10.0.0.0/8 or fd00::/8. */

/** A range: the leading `bits` of `bytes`. */
export interface Cidr {
  /** 4 or 16. */
  readonly bytes: readonly number[];
  readonly bits: number;
}

const IPV4_BYTES = 4;
const IPV6_GROUPS = 8;
/** An IPv4 address in IPv6's clothes. */
const MAPPED_PREFIX = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** Reads a range; undefined when it is none. */
export function parseCidr(text: string): Cidr | undefined {
  const [, address = "", bitsText = ""] = /^(.+)\/(\d{1,3})$/.exec(text) ?? [];
  const bytes = parseAddress(address);
  const bits = Number(bitsText);
  if (bytes === undefined || bitsText === "" || bits > bytes.length * 8) return undefined;
  return { bytes, bits };
}

/** Whether the address, as text, lies in the range; undefined when it is no address. */
export function contains(cidr: Cidr, address: string): boolean | undefined {
  const parsed = parseAddress(address);
  if (parsed === undefined) return undefined;
  const isMapped = parsed.length !== IPV4_BYTES &&
    MAPPED_PREFIX.every((byte, at) => parsed[at] === byte);
  const bytes = isMapped ? parsed.slice(MAPPED_PREFIX.length) : parsed;
  if (bytes.length !== cidr.bytes.length) return false;
  return cidr.bytes.every((byte, at) => {
    const bits = Math.min(Math.max(cidr.bits - at * 8, 0), 8);
    const mask = 0xff00 >> bits & 0xff;
    return (byte & mask) === (bytes[at]! & mask);
  });
}

/** Whether the text is an IPv4 or IPv6 address, without brackets. */
export function isAddress(text: string): boolean {
  return parseAddress(text) !== undefined;
}

function parseAddress(text: string): number[] | undefined {
  const [plain = ""] = text.split("%"); // an interface's name may follow
  return plain.includes(":") ? parseIpv6(plain) : parseIpv4(plain);
}

function parseIpv4(text: string): number[] | undefined {
  const parts = text.split(".");
  const bytes = parts.map(Number);
  const isValid = parts.length === IPV4_BYTES &&
    parts.every((part, at) => /^\d{1,3}$/.test(part) && bytes[at]! <= 0xff);
  return isValid ? bytes : undefined;
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = IPV6_GROUPS - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail ?? []];
  return groups.flatMap((group) => [group >> 8, group & 0xff]);
}

/** The 16-bit groups of a part of an IPv6 address, whose end may be written as IPv4. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(parseInt(part, 16));
    else {
      const ipv4 = at === parts.length - 1 ? parseIpv4(part) : undefined;
      if (ipv4 === undefined) return undefined;
      groups.push(ipv4[0]! << 8 | ipv4[1]!, ipv4[2]! << 8 | ipv4[3]!);
    }
  }
  return groups;
}
