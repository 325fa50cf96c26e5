import { connect, type ConnectionOptions as NodeTlsOptions } from "node:tls";
import { isAddress } from "../net/host_port.ts";
import type { TcpSocket } from "../net/runtime/runtime.ts";
import { runtime } from "../net/runtime/this_runtime.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import type { TlsOptions } from "./client_options.ts";
import { duplexOver } from "./duplex.ts";
import { NodeTlsStream, wakeTls } from "./node_stream.ts";

const NOTHING = new Uint8Array(0);

/**
 * Makes TLS of a connection, as its client, and checks the server's certificate against `hostname`. Whoever gives up closes `socket`.
 * @throws Error that says why the handshake failed
 */
export async function upgradeToTls(
  socket: TcpSocket,
  hostname: string,
  options: TlsOptions,
): Promise<ByteStream> {
  const { caCerts, cert, insecureSkipVerify = false, minVersion = "1.2" } = options;
  // The runtime's own TLS is faster, but knows neither client certificates here nor these wishes, and adds `caCerts` to its own.
  const isPlain = caCerts === undefined && cert === undefined && !insecureSkipVerify;
  const { startTls } = runtime;
  if (startTls === null || !isPlain || minVersion !== "1.2") {
    return await handshakeByNode(socket, hostname, options);
  }
  return await startTls(socket, hostname);
}

/**
 * As {@link upgradeToTls}, over any stream and by `node:tls`, which knows every option.
 * @throws Error that says why the handshake failed
 */
export function handshakeByNode(
  inner: ByteStream,
  hostname: string,
  { caCerts, cert, key, insecureSkipVerify = false, minVersion = "1.2" }: TlsOptions,
): Promise<NodeTlsStream> {
  const duplex = duplexOver(inner, NOTHING, wakeTls);
  const settings: NodeTlsOptions = {
    socket: duplex,
    host: hostname,
    // No name is sent where there is none; the certificate is checked against `host` all the same.
    ...(isAddress(hostname) ? {} : { servername: hostname }),
    minVersion: `TLSv${minVersion}`,
    rejectUnauthorized: !insecureSkipVerify,
    ...(caCerts !== undefined && { ca: caCerts }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
  return new Promise((resolve, reject) => {
    const socket = connect(settings);
    const fail = (error: Error) => {
      duplex.destroy();
      reject(readable(error));
    };
    socket.once("secureConnect", () => {
      const version = socket.getProtocol();
      if (minVersion === "1.3" && version !== "TLSv1.3") fail(new Error(`nsqd speaks ${version}`));
      else resolve(new NodeTlsStream(socket, duplex));
    });
    socket.on("error", fail);
    duplex.on("error", fail);
    duplex.on("close", () => fail(new Error("connection closed in TLS handshake")));
  });
}

/** Node names what is wrong with a certificate by a code alone. */
export function readable(error: Error): Error {
  if (!/^[A-Z_]+$/.test(error.message)) return error;
  const words = error.message.toLowerCase().replaceAll("_", " ");
  return new Error(`certificate is not trusted: ${words}`, { cause: error });
}
