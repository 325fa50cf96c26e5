import { Replaceable } from "../replaceable.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import { LoopbackTls } from "./loopback.ts";
import { upgradeByNode } from "./node_server.ts";
import type { TlsSettings } from "./server_settings.ts";
import type { TlsStream } from "./stream.ts";

/** How TLS is made now. */
interface Way {
  readonly settings: TlsSettings;
  /** Null where only node's way will do. */
  readonly loopback: LoopbackTls | null;
}

/** Makes TLS of live connections: the fast way if it can do what is asked for, else the other. */
export class TlsUpgrader {
  readonly #way: Replaceable<Way>;

  constructor(settings: TlsSettings) {
    this.#way = new Replaceable(wayOf(settings), ({ loopback }) => loopback?.close());
  }

  get settings(): TlsSettings {
    return this.#way.current.settings;
  }

  /**
   * Speaks TLS over `inner` as a server. There is no time limit: whoever gives up closes `inner`.
   * @param received what was read from `inner` already, and belongs to the handshake
   * @throws Error that says why the handshake failed; `inner` is closed then
   */
  upgrade(inner: ByteStream, received: Uint8Array): Promise<TlsStream> {
    return this.#way.use(({ loopback, settings }) =>
      loopback?.upgrade(inner, received) ?? upgradeByNode(inner, received, settings)
    );
  }

  /** Who comes from now on gets this certificate; what was upgraded goes on. */
  replace(settings: TlsSettings): void {
    this.#way.replace(wayOf(settings));
  }

  /** Nothing is upgraded any more. */
  close(): void {
    this.#way.close();
  }
}

function wayOf(settings: TlsSettings): Way {
  return { settings, loopback: settings.isPlain ? new LoopbackTls(settings) : null };
}
