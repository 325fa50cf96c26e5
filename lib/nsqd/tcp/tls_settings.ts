import { createPrivateKey, X509Certificate } from "node:crypto";
import { rootCertificates, type SecureVersion, type TlsOptions } from "node:tls";
import type { TLSSocket } from "node:tls";
import type { NsqdOptions } from "../options.ts";

/** TLS versions by flag word. Older ones can be asked for, but 1.2 is the oldest that is spoken here. */
const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  "tls1.2": "TLSv1.2",
  "tls1.3": "TLSv1.3",
};

/** How this nsqd speaks TLS, to clients of the V2 protocol and over HTTPS. */
export interface TlsSettings {
  /** For `tls.createServer` and `https.createServer`. */
  readonly server: TlsOptions;
  /** Clients must show a certificate, whoever has signed it: what {@link hasDemandedCertificate} checks. */
  readonly demandsCertificate: boolean;
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Nothing is asked for that `Deno.listenTls` cannot do: certificates of clients, or no TLS 1.2. */
  readonly isPlain: boolean;
}

/**
 * Reads certificate, key and certificate authority.
 * @returns null if there is to be no TLS
 * @throws Error that says what is wrong
 */
export function readTlsSettings(options: NsqdOptions): TlsSettings | null {
  const { tlsCert, tlsKey, tlsRootCaFile, tlsClientAuthPolicy, tlsMinVersion } = options;
  if (tlsCert === "" && tlsKey === "") {
    if (requiresTls(options)) {
      throw new Error("cannot require TLS client connections without TLS key and cert");
    }
    return null;
  }
  try {
    const cert = Deno.readTextFileSync(tlsCert);
    const key = Deno.readTextFileSync(tlsKey);
    checkKeyPair(cert, key);
    const authority = tlsRootCaFile === "" ? null : Deno.readTextFileSync(tlsRootCaFile);
    if (authority !== null) checkAuthority(authority);
    return {
      server: {
        cert,
        key,
        minVersion: VERSIONS[tlsMinVersion] ?? "TLSv1.2",
        ...clientPolicy(tlsClientAuthPolicy, authority, cert),
      },
      demandsCertificate: tlsClientAuthPolicy === "require",
      cert,
      key,
      isPlain: tlsClientAuthPolicy === "" && tlsMinVersion !== "tls1.3",
    };
  } catch (error) {
    throw new Error(`failed to build TLS config - ${(error as Error).message}`, { cause: error });
  }
}

/** Whether clients of the V2 protocol must use TLS. A policy for their certificates implies it. */
export function requiresTls(options: NsqdOptions): boolean {
  return options.tlsRequired !== "no" || options.tlsClientAuthPolicy !== "";
}

/** Whether plain HTTP is refused. */
export function requiresHttps(options: NsqdOptions): boolean {
  return options.tlsRequired === "yes" ||
    options.tlsRequired === "no" && options.tlsClientAuthPolicy !== "";
}

/** False for a client that shows no certificate although it must. */
export function hasDemandedCertificate(settings: TlsSettings, socket: TLSSocket): boolean {
  return !settings.demandsCertificate || socket.getPeerCertificate()?.subject !== undefined;
}

function clientPolicy(
  policy: NsqdOptions["tlsClientAuthPolicy"],
  authority: string | null,
  cert: string,
): TlsOptions {
  if (policy === "require-verify") {
    const ca = authority ?? [...rootCertificates];
    return { requestCert: true, rejectUnauthorized: true, ca };
  }
  // The runtime asks for certificates only if it has an authority, though here it is not to judge by it.
  if (policy === "require") return { requestCert: true, rejectUnauthorized: false, ca: cert };
  return {};
}

/** @throws Error, as the runtime itself would say nothing before the first handshake */
function checkKeyPair(cert: string, key: string): void {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    throw new Error("private key does not match certificate");
  }
}

function checkAuthority(authority: string): void {
  try {
    new X509Certificate(authority);
  } catch (cause) {
    throw new Error("failed to append certificate to pool", { cause });
  }
}
