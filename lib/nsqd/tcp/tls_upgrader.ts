import type { ByteStream } from "../../wire/byte_stream.ts";
import { LoopbackTls } from "./tls_loopback.ts";
import { upgradeByNode } from "./tls_node.ts";
import type { TlsSettings } from "./tls_settings.ts";
import type { TlsStream } from "./tls_stream.ts";

/** Makes TLS of live connections: the fast way if it can do what is asked for, else the other. */
export class TlsUpgrader {
  readonly #settings: TlsSettings;
  readonly #loopback: LoopbackTls | null;

  constructor(settings: TlsSettings) {
    this.#settings = settings;
    this.#loopback = settings.isPlain ? new LoopbackTls(settings) : null;
  }

  /**
   * Speaks TLS over `inner` as a server. There is no time limit: whoever gives up closes `inner`.
   * @param received what was read from `inner` already, and belongs to the handshake
   * @throws Error that says why the handshake failed; `inner` is closed then
   */
  upgrade(inner: ByteStream, received: Uint8Array): Promise<TlsStream> {
    return this.#loopback?.upgrade(inner, received) ??
      upgradeByNode(inner, received, this.#settings);
  }

  /** Nothing is upgraded any more. */
  close(): void {
    this.#loopback?.close();
  }
}
