import { rootCertificates, type SecureVersion, type TlsOptions } from "node:tls";
import type { TLSSocket } from "node:tls";
import { hasVersion1, readAuthorities, readKeyPair } from "./key_pair.ts";

/** TLS versions by flag word. Older ones can be asked for, but 1.2 is the oldest that is spoken here. */
const VERSIONS: Readonly<Record<string, SecureVersion>> = {
  "tls1.2": "TLSv1.2",
  "tls1.3": "TLSv1.3",
};

/** The options about TLS of a daemon that serves it, as nsqd's flags give them. */
export interface TlsServerOptions {
  readonly tlsCert: string;
  readonly tlsKey: string;
  readonly tlsClientAuthPolicy: "" | "require" | "require-verify";
  readonly tlsRootCaFile: string;
  /** Whom TLS is demanded of; `except-http`: of TCP clients only. */
  readonly tlsRequired: "no" | "except-http" | "yes";
  /** `tls1.0` to `tls1.3`. */
  readonly tlsMinVersion: string;
}

/** How this nsqd speaks TLS, to clients of the V2 protocol and over HTTPS. */
export interface TlsSettings {
  /** For `tls.createServer` and `https.createServer`. */
  readonly server: TlsOptions;
  /** Clients must show a certificate, whoever has signed it: what {@link hasDemandedCertificate} checks. */
  readonly demandsCertificate: boolean;
  /** What the log should say at the start: what will fail later, or has expired. */
  readonly warnings: readonly string[];
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  /** Clients that speak no newer version are refused. */
  readonly refusesTls12: boolean;
  /** No certificates of clients are asked for, which `Deno.listenTls` cannot do. */
  readonly isPlain: boolean;
}

/**
 * Reads certificate, key and certificate authority: of the first two there are both or none.
 * @returns null if there is to be no TLS
 * @throws Error that says what is wrong
 */
export function readTlsSettings(options: TlsServerOptions): TlsSettings | null {
  const { tlsCert, tlsKey, tlsRootCaFile, tlsClientAuthPolicy, tlsMinVersion } = options;
  if (tlsCert === "") return null;
  try {
    const { cert, key, warnings } = readKeyPair(tlsCert, tlsKey);
    const authorities = tlsRootCaFile === "" ? null : readAuthoritiesOf(tlsRootCaFile);
    return {
      server: {
        cert,
        key,
        minVersion: VERSIONS[tlsMinVersion] ?? "TLSv1.2",
        ...clientPolicy(tlsClientAuthPolicy, authorities, cert),
      },
      demandsCertificate: tlsClientAuthPolicy === "require",
      cert,
      key,
      warnings: [...warnings, ...version1Warning(options)],
      refusesTls12: tlsMinVersion === "tls1.3",
      isPlain: tlsClientAuthPolicy === "",
    };
  } catch (error) {
    throw new Error(`failed to build TLS config - ${(error as Error).message}`, { cause: error });
  }
}

/** Whether clients of the V2 protocol must use TLS. A policy for their certificates implies it. */
export function requiresTls(options: TlsServerOptions): boolean {
  return options.tlsRequired !== "no" || options.tlsClientAuthPolicy !== "";
}

/** Whether plain HTTP is refused. */
export function requiresHttps(options: TlsServerOptions): boolean {
  return options.tlsRequired === "yes" ||
    options.tlsRequired === "no" && options.tlsClientAuthPolicy !== "";
}

/** False for a client that shows no certificate although it must. */
export function hasDemandedCertificate(settings: TlsSettings, socket: TLSSocket): boolean {
  return !settings.demandsCertificate || socket.getPeerCertificate()?.subject !== undefined;
}

function clientPolicy(
  policy: TlsServerOptions["tlsClientAuthPolicy"],
  authorities: string[] | null,
  cert: string,
): TlsOptions {
  if (policy === "require-verify") {
    const ca = authorities ?? [...rootCertificates];
    return { requestCert: true, rejectUnauthorized: true, ca };
  }
  // The runtime asks for certificates only if it has an authority, though here it is not to judge by it.
  if (policy === "require") return { requestCert: true, rejectUnauthorized: false, ca: cert };
  return {};
}

function readAuthoritiesOf(path: string): string[] {
  try {
    return readAuthorities(path);
  } catch (error) {
    const reason = (error as Error).message;
    throw new Error(`failed to append certificate to pool - --tls-root-ca-file: ${reason}`, {
      cause: error,
    });
  }
}

/** Who signs with an old authority often makes old certificates for clients, too: they would be refused one by one. */
function version1Warning({ tlsClientAuthPolicy, tlsRootCaFile }: TlsServerOptions): string[] {
  if (tlsClientAuthPolicy === "" || tlsRootCaFile === "" || !hasVersion1(tlsRootCaFile)) return [];
  return [
    `${tlsRootCaFile} has a certificate of X.509 version 1: clients that show one of that version are refused`,
  ];
}
