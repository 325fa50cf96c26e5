import { JsonClient } from "../lib/http/json_client.ts";
import type { AdminOptions } from "./option_table.ts";

/** The figures of ten thousands of topics with their clients stay below. */
const MAX_ANSWER_BYTES = 256 * 1024 * 1024;

/** The client that daemons are asked with. @throws Error when a certificate cannot be read */
export function newDaemonClient(options: AdminOptions): JsonClient {
  const { httpClientTlsRootCaFile: ca, httpClientTlsCert: cert, httpClientTlsKey: key } = options;
  return new JsonClient({
    connectTimeoutMs: options.httpClientConnectTimeoutMs,
    requestTimeoutMs: options.httpClientRequestTimeoutMs,
    insecureSkipVerify: options.httpClientTlsInsecureSkipVerify,
    maxAnswerBytes: MAX_ANSWER_BYTES,
    ...ca !== "" && { caCerts: [read("TLS root CA file", ca)] },
    ...cert !== "" && {
      clientCertificate: { cert: read("TLS certificate", cert), key: read("TLS key", key) },
    },
  });
}

function read(what: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw new Error(`failed to read ${what} ${path} - ${(error as Error).message}`, {
      cause: error,
    });
  }
}
