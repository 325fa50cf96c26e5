import { handshakeByNode } from "./client.ts";
import { memoryPair } from "./memory_pair.ts";
import type { TlsSettings } from "./server_settings.ts";
import { TlsUpgrader } from "./upgrader.ts";

/** It takes a moment. A busy machine is no reason not to start. */
const TIMEOUT_MS = 30_000;

/**
 * Does one handshake with ourselves, as clients will: what the runtime cannot serve it says to nobody but the first client.
 * @throws Error that says why nobody could connect
 */
export async function checkCertificate(settings: TlsSettings): Promise<void> {
  const upgrader = new TlsUpgrader(settings);
  try {
    await checkHandshake(upgrader);
  } finally {
    upgrader.close();
  }
}

async function checkHandshake(upgrader: TlsUpgrader): Promise<void> {
  const [serverEnd, clientEnd] = memoryPair();
  const timer = setTimeout(() => {
    serverEnd.close();
    clientEnd.close();
  }, TIMEOUT_MS);
  const served = upgrader.upgrade(serverEnd, new Uint8Array(0));
  // Asked for a certificate, a client has none here, and is refused: after its own part of the handshake was done.
  const server = served.then((stream) => stream.close(), (error: Error) => error);
  try {
    const client = await handshakeByNode(clientEnd, "localhost", {
      insecureSkipVerify: true,
      minVersion: "1.3",
    });
    client.close();
  } catch (error) {
    serverEnd.close();
    const reason = await server ?? error as Error;
    throw new Error(`TLS with this certificate fails - ${reason.message}`, { cause: error });
  } finally {
    clientEnd.close();
    serverEnd.close();
    clearTimeout(timer);
    await server;
  }
}
