import { createServer, type TLSSocket } from "node:tls";
import type { Duplex } from "node:stream";
import type { ByteStream } from "../wire/byte_stream.ts";
import { duplexOver } from "./duplex.ts";
import { NodeTlsStream, wakeTls } from "./node_stream.ts";
import { hasDemandedCertificate, type TlsSettings } from "./server_settings.ts";
import type { TlsFacts, TlsStream } from "./stream.ts";

/**
 * TLS by node's implementation, over a stream in its form. It can do all there is, but on Deno 2.7 it hands over what it has
 * decrypted byte by byte, at some 200 MB/s: what need not go this way goes by `LoopbackTls`.
 */
class ServerTlsStream extends NodeTlsStream implements TlsStream {
  readonly facts: TlsFacts;

  constructor(socket: TLSSocket, duplex: Duplex) {
    super(socket, duplex);
    this.facts = {
      cipherSuite: socket.getCipher()?.standardName ?? "",
      version: (socket.getProtocol() ?? "").replace("v", ""),
      commonName: commonNameOf(socket),
    };
  }
}

/**
 * Makes TLS of a live connection, as its server. There is no time limit: whoever gives up closes `inner`.
 * @param received what was read from `inner` already, and belongs to the handshake
 * @throws Error that says why the handshake failed; `inner` is closed then
 */
export function upgradeByNode(
  inner: ByteStream,
  received: Uint8Array,
  settings: TlsSettings,
): Promise<TlsStream> {
  // A server that never listens: its events are the only way to hear how the handshake of a connection ends.
  const server = createServer(settings.server);
  const duplex = duplexOver(inner, received, wakeTls);
  return new Promise((resolve, reject) => {
    let established = false;
    const fail = (error: Error) => {
      duplex.destroy();
      reject(error);
    };
    server.on("secureConnection", (socket) => {
      socket.on("error", fail); // NodeReadable hears of it too; before that nobody would
      established = true;
      if (hasDemandedCertificate(settings, socket)) resolve(new ServerTlsStream(socket, duplex));
      else fail(new Error("tls: client didn't provide a certificate"));
    });
    server.on("tlsClientError", (error) => fail(inWords(error)));
    duplex.on("error", fail);
    duplex.on("end", () => established || fail(new Error("EOF")));
    duplex.on("close", () => fail(new Error("connection closed in TLS handshake")));
    server.emit("connection", duplex);
  });
}

/** What the runtime says of old certificates by its own names. */
function inWords(error: Error): Error {
  if (!error.message.includes("UnsupportedCertVersion")) return error;
  const words = "the client's certificate is X.509 version 1: it needs one of version 3";
  return new Error(words, { cause: error });
}

/** A name that stands in a certificate more than once counts once, as in the reference the last. */
function commonNameOf(socket: TLSSocket): string {
  const name = socket.getPeerCertificate()?.subject?.CN as string | string[] | undefined;
  return (typeof name === "string" ? name : name?.at(-1)) ?? "";
}
