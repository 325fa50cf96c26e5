import type { ListenAddress } from "../../lib/net/listen_address.ts";
import { acceptHere, TcpServer } from "../../lib/net/tcp_server.ts";
import { Connection } from "./connection.ts";
import type { SessionContext } from "./session.ts";

/** Listens for the V1 protocol, but accepts nothing before `start`. @throws if the address cannot be had */
export function listenV1(at: ListenAddress, context: SessionContext): TcpServer<Connection> {
  const { logger, clock } = context;
  const arrivals = acceptHere(at, { logger, nowMs: () => clock.monotonicMs() });
  return new TcpServer(arrivals, (socket, { name }) => new Connection(socket, name, context));
}
