import type { TlsStream } from "../tls/stream.ts";
import type { ByteStream } from "../wire/byte_stream.ts";
import type { StreamUpgrades } from "../wire/streams/upgrades.ts";
import type { UpgradeRequest } from "./entries.ts";
import { RemoteStream } from "./remote_stream.ts";

/** Upgrades in the thread that serves the connection. @param hasTls whether there is a certificate */
export function remoteUpgrades(hasTls: boolean): StreamUpgrades<TlsStream> {
  const upgrade = async (
    stream: ByteStream,
    received: Uint8Array,
    request: UpgradeRequest,
  ): Promise<RemoteStream> => {
    if (!(stream instanceof RemoteStream)) throw new TypeError("not a thread's stream");
    await stream.upgrade(request, received);
    return stream;
  };
  return {
    tls: hasTls ? (stream, received) => upgrade(stream, received, { to: "tls" }) : null,
    snappy: (stream, received) => upgrade(stream, received, { to: "snappy" }),
    deflate: (stream, received, level) => upgrade(stream, received, { to: "deflate", level }),
  };
}
