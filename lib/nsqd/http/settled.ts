import { HttpError } from "../../http/http_error.ts";
import type { NsqdHost } from "./host.ts";

/**
 * Runs what changes topics or channels. Resolves when it is as safe as it has to be.
 * @param name of what is done, as it stands in the log if that fails
 * @throws HttpError 503 DISK_ERROR if it cannot be made so; what `change` throws
 */
export async function settled<T>(host: NsqdHost, name: string, change: () => T): Promise<T> {
  const { broker: { barrier } } = host;
  barrier.begin();
  const result = change();
  const { required, promise } = barrier;
  if (required === 0) return result;
  await barrier.passed(required);
  if (promise?.error == null) return result;
  throw diskError(host, name, promise.error);
}

/** As {@link settled}, of what would come back with the metadata if that still knew it. */
export async function settledDeletion<T>(
  host: NsqdHost,
  name: string,
  change: () => T,
): Promise<T> {
  let isKept: Promise<void> | null = null;
  const isSettled = settled(host, name, () => {
    const done = change();
    if (host.broker.barrier.required !== 0) isKept = persisted(host, name);
    return done;
  });
  // Both may fail, and nobody else hears of either.
  const [result] = await Promise.all([isSettled, isKept]);
  return result;
}

/** As {@link settled}, of what the metadata file keeps, too. */
export async function settledAndPersisted(
  host: NsqdHost,
  name: string,
  change: () => void,
): Promise<void> {
  await settled(host, name, change);
  await persisted(host, name);
}

/** Writes the metadata file. @throws HttpError 503 DISK_ERROR if it cannot be written */
function persisted(host: NsqdHost, name: string): Promise<void> {
  return host.persistMetadata().catch((error) => {
    throw diskError(host, name, error);
  });
}

function diskError({ logger }: NsqdHost, name: string, error: Error): HttpError {
  logger.error(`failed to ${name} - ${error.message}`);
  return new HttpError(503, "DISK_ERROR", { cause: error });
}
