/**
 * PEM files as openssl's commands write them: text around the blocks, parameters before a key, certificate and key in one
 * file, CRLF, a byte order mark. The fitting blocks are taken, the others passed over.
 * Source: RFC 7468; RFC 1421 for encrypted keys of the old kind
 * @module
 */
import { runtime } from "../net/runtime/this_runtime.ts";
import { systemReason } from "../system_reason.ts";
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

const BLOCK = /-----BEGIN ([^\r\n-]+)-----([^]*?)-----END \1-----/g;

/** DER begins with the tag of a sequence. */
const DER_SEQUENCE = 0x30;
const DER_INTEGER = 0x02;
const PKCS12_VERSION = 3;
/** Tag of the version field, which certificates of version 1 do not have. */
const DER_VERSION = 0xa0;

interface PemBlock {
  readonly label: string;
  /** All of it, with its first and last line. */
  readonly text: string;
  readonly isEncrypted: boolean;
}

/** A private key, and as PEM in the one form that all of the runtime reads: PKCS#8. */
export interface PrivateKey {
  readonly key: KeyObject;
  readonly pem: string;
}

/**
 * The certificates in a file, the first one first. Those behind it that nobody can read are left out, as Go does.
 * @throws Error that says what the file holds instead
 */
export function readCertificates(path: string): [X509Certificate, ...X509Certificate[]] {
  const blocks = readBlocks(path, "x509");
  const found = blocks.filter(({ label }) => label === "CERTIFICATE");
  if (found.length === 0) throw new Error(`${path} holds ${instead(blocks)} and no certificate`);
  const [first, ...others] = found.map(({ text }) => {
    try {
      return new X509Certificate(text);
    } catch (error) {
      return error as Error;
    }
  });
  if (!(first instanceof X509Certificate)) {
    throw new Error(`the certificate in ${path} cannot be read - ${first!.message}`);
  }
  return [first, ...others.filter((each) => each instanceof X509Certificate)];
}

/** The first private key in a file. @throws Error that says what is wrong with it, or what the file holds instead */
export function readPrivateKey(path: string): PrivateKey {
  const blocks = readBlocks(path, "pkey");
  const block = blocks.find(({ label }) => label.endsWith("PRIVATE KEY"));
  if (block === undefined) throw new Error(`${path} holds ${instead(blocks)} and no private key`);
  if (block.isEncrypted) {
    const way = `openssl pkey -in ${path} -out NEW`;
    throw new Error(
      `the private key in ${path} is encrypted: write it without a passphrase (${way})`,
    );
  }
  try {
    const key = createPrivateKey(block.text);
    return { key, pem: key.export({ type: "pkcs8", format: "pem" }) as string };
  } catch (cause) {
    const reason = (cause as Error).message;
    throw new Error(`the private key in ${path} cannot be read - ${reason}`, { cause });
  }
}

/** Whether a certificate is of X.509's first version, as `openssl x509 -req` makes them without extensions. */
export function isVersion1({ raw }: X509Certificate): boolean {
  let at = 0;
  for (let depth = 0; depth < 2; depth++) { // the certificate, and what is signed in it
    const length = raw[at + 1]!;
    at += 2 + (length < 0x80 ? 0 : length & 0x7f);
  }
  return raw[at] !== DER_VERSION;
}

/** @param command of openssl that turns such a file from DER into PEM */
function readBlocks(path: string, command: string): PemBlock[] {
  const bytes = readFile(path);
  const blocks = [...new TextDecoder().decode(bytes).matchAll(BLOCK)].map((
    [text, label, body],
  ) => ({
    label: label!.trim(),
    text,
    isEncrypted: label!.startsWith("ENCRYPTED") || body!.includes("Proc-Type: 4,ENCRYPTED"),
  }));
  if (blocks.length > 0) return blocks;
  if (bytes.length === 0) throw new Error(`${path} is empty`);
  if (bytes[0] === DER_SEQUENCE) {
    const way = isPkcs12(bytes)
      ? `openssl pkcs12 -in ${path} -nodes -out NEW`
      : `openssl ${command} -inform der -in ${path} -out NEW`;
    throw new Error(`${path} is DER: write it as PEM (${way})`);
  }
  throw new Error(`${path} is no PEM file`);
}

function readFile(path: string): Uint8Array {
  try {
    return runtime.readFile(path);
  } catch (cause) {
    throw new Error(`cannot read ${path}: ${systemReason(cause)}`, { cause });
  }
}

/** A PKCS #12 file begins with its version, 3; a certificate with a sequence, a key with version 0 or 1. */
function isPkcs12(bytes: Uint8Array): boolean {
  const lengthBytes = bytes[1]! < 0x80 ? 0 : bytes[1]! & 0x7f;
  const [tag, length, version] = bytes.subarray(2 + lengthBytes);
  return tag === DER_INTEGER && length === 1 && version === PKCS12_VERSION;
}

function instead(blocks: PemBlock[]): string {
  const labels = [...new Set(blocks.map(({ label }) => label))];
  const names = labels.map((label) => `"${label}"`).join(", ");
  const swapped = labels.some((label) => label === "CERTIFICATE" || label.endsWith("PRIVATE KEY"));
  return swapped ? `${names} (are certificate and key swapped?)` : names;
}
