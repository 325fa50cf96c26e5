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
  host.logger.error(`failed to ${name} - ${promise.error.message}`);
  throw new HttpError(503, "DISK_ERROR", { cause: promise.error });
}

/** As {@link settled}, of what would come back with the metadata if that still knew it. */
export async function settledDeletion<T>(
  host: NsqdHost,
  name: string,
  change: () => T,
): Promise<T> {
  let persisted: Promise<void> | null = null;
  const result = await settled(host, name, () => {
    const done = change();
    if (host.broker.barrier.required !== 0) persisted = host.persistMetadata();
    return done;
  });
  await persisted;
  return result;
}
