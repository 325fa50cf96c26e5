/** What nsqd's options ask of each other. */
import { UsageError } from "../../cli/usage_error.ts";
import { parseListenAddress } from "../../net/listen_address.ts";
import { requiresTls } from "../../tls/server_settings.ts";
import type { NsqdOptions } from "./type.ts";

/** @throws UsageError for options that cannot be followed together, before anything is opened */
export function checkTogether(options: NsqdOptions): void {
  const { tlsCert, tlsKey, tcpAddress, httpsAddress, ioThreads } = options;
  if (tlsCert !== "" && tlsKey === "") {
    throw new UsageError("--tls-key is missing, which --tls-cert needs");
  }
  if (tlsKey !== "" && tlsCert === "") {
    throw new UsageError("--tls-cert is missing, which --tls-key needs");
  }
  if (tlsCert === "" && requiresTls(options)) {
    throw new UsageError(
      "cannot require TLS client connections without TLS key and cert: --tls-key and --tls-cert",
    );
  }
  if (tlsCert !== "" && httpsAddress !== "" && isUnixSocket(httpsAddress)) {
    throw new UsageError(`--https-address: ${JSON.stringify(httpsAddress)} is not <addr>:<port>`);
  }
  if (ioThreads !== "auto" && ioThreads > 0 && isUnixSocket(tcpAddress)) {
    throw new UsageError("--io-threads: a Unix socket, as --tcp-address is, cannot have any");
  }
}

function isUnixSocket(address: string): boolean {
  return parseListenAddress(address).transport === "unix";
}
