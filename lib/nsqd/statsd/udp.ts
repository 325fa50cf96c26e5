import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { parseHostPort } from "../../cli/host_port.ts";

/** Sends datagrams to one address. */
export interface DatagramSocket {
  send(datagram: Uint8Array): Promise<void>;
  close(): void;
}

/**
 * A UDP socket for datagrams to `address`, `<host>:<port>`; no host is this one. The host's name is
 * looked up now.
 *
 * @param onError told of what goes wrong with the socket when nothing is being sent
 * @throws Error when the address is none, or the host is not known
 */
export async function openDatagramSocket(
  address: string,
  onError: (error: Error) => void,
): Promise<DatagramSocket> {
  const at = parseHostPort(address);
  if (at === undefined) throw new Error("not <host>:<port>");
  const found = await lookup(at.hostname || "127.0.0.1");
  const socket = createSocket(found.family === 6 ? "udp6" : "udp4");
  socket.on("error", onError);
  return {
    send: (datagram) => send(socket, datagram, at.port, found.address),
    close: () => void socket.close(),
  };
}

function send(
  socket: Socket,
  datagram: Uint8Array,
  port: number,
  address: string,
): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(datagram, port, address, (error) => error ? reject(error) : resolve());
  });
}
