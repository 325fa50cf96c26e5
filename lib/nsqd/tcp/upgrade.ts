import { DeflateStream } from "../../wire/streams/deflate_stream.ts";
import { SnappyStream } from "../../wire/streams/snappy_stream.ts";
import type { Client } from "./client.ts";

/** Goes on over TLS. @throws FatalClientError; the connection is closed then */
export async function upgradeClientToTls(client: Client): Promise<void> {
  const { logger, tls } = client.context;
  if (tls === null) throw new Error("there is no certificate");
  logger.info(`PROTOCOL(V2): [${client.name}] upgrading connection to TLS`);
  const { facts } = await client.upgrade((stream, received) => tls.upgrade(stream, received));
  client.upgrades.tls = facts;
  client.tlsRequired = false;
}

/** Goes on with snappy, inside TLS if there is. @throws FatalClientError; the connection is closed then */
export async function upgradeToSnappy(client: Client): Promise<void> {
  client.context.logger.info(`PROTOCOL(V2): [${client.name}] upgrading connection to snappy`);
  await client.upgrade((stream, received) => new SnappyStream(stream, received));
  client.upgrades.compression = "snappy";
}

/** Goes on with deflate, inside TLS if there is. @throws FatalClientError; the connection is closed then */
export async function upgradeToDeflate(client: Client, level: number): Promise<void> {
  const { name, context: { logger } } = client;
  logger.info(`PROTOCOL(V2): [${name}] upgrading connection to deflate (level ${level})`);
  await client.upgrade((stream, received) => new DeflateStream(stream, received, level));
  client.upgrades.compression = "deflate";
}
