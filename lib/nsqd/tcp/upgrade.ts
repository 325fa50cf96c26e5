import type { Client } from "./client.ts";

/** Goes on over TLS. @throws FatalClientError; the connection is closed then */
export async function upgradeClientToTls(client: Client): Promise<void> {
  const { logger, streams: { tls } } = client.context;
  if (tls === null) throw new Error("there is no certificate");
  logger.info(`PROTOCOL(V2): [${client.name}] upgrading connection to TLS`);
  const { facts } = await client.upgrade(tls);
  client.upgrades.tls = facts;
  client.tlsRequired = false;
}

/** Goes on with snappy, inside TLS if there is. @throws FatalClientError; the connection is closed then */
export async function upgradeToSnappy(client: Client): Promise<void> {
  const { logger, streams } = client.context;
  logger.info(`PROTOCOL(V2): [${client.name}] upgrading connection to snappy`);
  await client.upgrade(streams.snappy);
  client.upgrades.compression = "snappy";
}

/** Goes on with deflate, inside TLS if there is. @throws FatalClientError; the connection is closed then */
export async function upgradeToDeflate(client: Client, level: number): Promise<void> {
  const { name, context: { logger, streams } } = client;
  logger.info(`PROTOCOL(V2): [${name}] upgrading connection to deflate (level ${level})`);
  await client.upgrade((stream, received) => streams.deflate(stream, received, level));
  client.upgrades.compression = "deflate";
}
