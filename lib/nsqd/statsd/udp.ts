import { createSocket, type Socket } from "node:dgram";
import { addressesOf } from "../../net/dial.ts";
import { parseHostPort } from "../../net/host_port.ts";

/** Sends datagrams to one address. */
export interface DatagramSocket {
  send(datagram: Uint8Array): Promise<void>;
  close(): void;
}

/**
 * A UDP socket for datagrams to `address`, `<host>:<port>`; no host is this one. The host's name is
 * looked up now. Nobody answers datagrams, so which of its addresses has a listener cannot be seen: IPv4 goes first, as statsd servers
 * listen there or on both, and the next address is taken only where the system cannot send.
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
  const addresses = ipv4First(await addressesOf(at.hostname));
  let socket = open(addresses[0]!, onError);
  return {
    async send(datagram) {
      for (;;) {
        try {
          return await send(socket, datagram, at.port, addresses[0]!);
        } catch (error) {
          if (addresses.length === 1) throw error;
          addresses.shift();
          socket.close();
          socket = open(addresses[0]!, onError);
        }
      }
    },
    close: () => void socket.close(),
  };
}

function ipv4First(addresses: readonly string[]): string[] {
  const isFour = (address: string) => !address.includes(":");
  return [...addresses.filter(isFour), ...addresses.filter((each) => !isFour(each))];
}

function open(address: string, onError: (error: Error) => void): Socket {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.on("error", onError);
  return socket;
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
