import type { ClientStats } from "../../broker/stats.ts";
import type { ListenAddress } from "../../cli/listen_address.ts";
import { TcpServer } from "../../net/tcp_server.ts";
import { Connection, type ConnectionContext } from "./connection.ts";

/** Accepts connections of the V2 protocol. */
export class V2Server extends TcpServer<Connection> {
  /** Listens, but accepts nothing before `start`. @throws if the address cannot be had */
  constructor(at: ListenAddress, context: ConnectionContext) {
    super(at, {
      connect: (socket, { name, hostname }) => new Connection(socket, name, hostname, context),
      logger: context.logger,
      nowMs: () => context.broker.clock.update(),
    });
  }

  /** The connections that have published (to `topic`, unless that is empty: then to any). */
  producers(topic: string): ClientStats[] {
    return [...this.connections]
      .filter((connection) => connection.published.size > 0)
      .map((connection) => connection.stats(topic));
  }
}
