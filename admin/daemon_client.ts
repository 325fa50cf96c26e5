import { type Certificates, JsonClient } from "../lib/http/json_client.ts";
import { bearerFrom } from "../lib/access/secret_file.ts";
import { readAuthorities, readKeyPair } from "../lib/tls/key_pair.ts";
import type { AdminOptions } from "./option_table.ts";

/** The figures of ten thousands of topics with their clients stay below. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The client that daemons are asked with. @throws Error when a certificate or the secret cannot be read */
export function newDaemonClient(options: AdminOptions): JsonClient {
  const client = newClient(options);
  client.authorization = bearerFrom(options.httpClientAuthSecretFile);
  return client;
}

/** The client for servers that are no daemons, to which the secret is not shown. @throws Error when a certificate cannot be read */
export function newClient(options: AdminOptions): JsonClient {
  return new JsonClient({
    connectTimeoutMs: options.httpClientConnectTimeoutMs,
    requestTimeoutMs: options.httpClientRequestTimeoutMs,
    insecureSkipVerify: options.httpClientTlsInsecureSkipVerify,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    ...readCertificates(options),
  });
}

/** Paths of what {@link readCertificates} reads. */
export function certificateFiles(options: AdminOptions): string[] {
  const { httpClientTlsRootCaFile: ca, httpClientTlsCert: cert, httpClientTlsKey: key } = options;
  return [ca, cert, key].filter((path) => path !== "");
}

/** What daemons are trusted by, and shown. @throws Error when one cannot be read */
export function readCertificates(options: AdminOptions): Certificates {
  const { httpClientTlsRootCaFile: ca, httpClientTlsCert: cert, httpClientTlsKey: key } = options;
  return {
    ...ca !== "" && { caCerts: read("TLS root CA file", () => readAuthorities(ca)) },
    ...cert !== "" && {
      clientCertificate: read("TLS certificate", () => readKeyPair(cert, key)),
    },
  };
}

function read<T>(what: string, from: () => T): T {
  try {
    return from();
  } catch (error) {
    throw new Error(`failed to read ${what} - ${(error as Error).message}`, { cause: error });
  }
}
