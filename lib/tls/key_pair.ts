import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { isVersion1, readCertificates, readPrivateKey } from "./pem.ts";

/** What the runtime's TLS takes. */
const MIN_RSA_BITS = 2048;
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];

/** A certificate with those that it is vouched for by, and its key: PEM. */
export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A {@link KeyPair} from files. */
export interface KeyPairFiles extends KeyPair {
  /** What people should know of a pair that can be used: that it has expired. */
  readonly warnings: readonly string[];
}

/**
 * Reads a certificate and its key, for a server or a client.
 * @throws Error that says why they cannot be used, and what to do
 */
export function readKeyPair(certPath: string, keyPath: string): KeyPairFiles {
  const pair = { cert: readCertificate(certPath), key: readKey(keyPath) };
  checkMatch(pair);
  return { ...pair, warnings: warningsOf(new X509Certificate(pair.cert), certPath) };
}

/** Reads a certificate, with those behind it in the file that vouch for it. @throws Error as {@link readKeyPair} */
export function readCertificate(path: string): string {
  const certificates = readCertificates(path);
  if (isVersion1(certificates[0])) {
    const way = "openssl x509 -req … -extfile FILE, with a line such as subjectAltName=DNS:NAME";
    throw new Error(
      `the certificate in ${path} is X.509 version 1: make it with version 3 (${way})`,
    );
  }
  return certificates.map(pemOf).join("");
}

/** Reads a private key. @throws Error as {@link readKeyPair} */
export function readKey(path: string): string {
  const { key, pem } = readPrivateKey(path);
  checkKind(key, path);
  return pem;
}

/** @throws Error when a key is not that of the certificate */
export function checkMatch({ cert, key }: KeyPair): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error(`private key does not match certificate${isBehind(cert, key) ? BEHIND : ""}`);
  }
}

const BEHIND = ", but one behind it in the file: put that first, then those that vouch for it";

/** Whether the key is that of a certificate which is not the first. */
function isBehind(cert: string, key: string): boolean {
  return cert.split(/(?<=-----END CERTIFICATE-----)/).slice(1)
    .filter((pem) => pem.includes("BEGIN"))
    .some((pem) => new X509Certificate(pem).checkPrivateKey(createPrivateKey(key)));
}

/** The authorities in a file, each as PEM. @throws Error that says what the file holds instead */
export function readAuthorities(path: string): string[] {
  return readCertificates(path).map(pemOf);
}

/** Whether any authority in a file is of X.509's first version, as those of people who sign such certificates are. */
export function hasVersion1(path: string): boolean {
  return readCertificates(path).some(isVersion1);
}

function pemOf(certificate: X509Certificate): string {
  return certificate.toString().trimEnd() + "\n";
}

/** @throws Error for keys that the runtime cannot use, which it would say at the first handshake at best */
function checkKind(key: KeyObject, path: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } = key;
  const { modulusLength = 0, namedCurve = "" } = details;
  const fits = type === "ed25519" || type === "rsa" && modulusLength >= MIN_RSA_BITS ||
    type === "ec" && CURVES.includes(namedCurve);
  if (fits) return;
  const kind = type === "rsa" ? `RSA with ${modulusLength} bits` : `${type} ${namedCurve}`.trim();
  const wanted = `RSA with ${MIN_RSA_BITS} bits or more, P-256, P-384, P-521 or Ed25519`;
  throw new Error(`the private key in ${path} is ${kind}, and TLS here needs ${wanted}`);
}

function warningsOf({ validFrom, validTo }: X509Certificate, path: string): string[] {
  const now = Date.now();
  if (Date.parse(validTo) < now) return [`the certificate in ${path} has expired on ${validTo}`];
  if (Date.parse(validFrom) > now) {
    return [`the certificate in ${path} is not valid before ${validFrom}`];
  }
  return [];
}
