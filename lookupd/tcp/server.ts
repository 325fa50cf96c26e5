import type { ListenAddress } from "../../lib/cli/listen_address.ts";
import { TcpServer } from "../../lib/net/tcp_server.ts";
import { Connection } from "./connection.ts";
import type { SessionContext } from "./session.ts";

/** Listens for the V1 protocol, but accepts nothing before `start`. @throws if the address cannot be had */
export function listenV1(at: ListenAddress, context: SessionContext): TcpServer<Connection> {
  const { logger, clock } = context;
  return new TcpServer(at, {
    connect: (socket, { name }) => new Connection(socket, name, context),
    logger,
    nowMs: () => clock.monotonicMs(),
  });
}
