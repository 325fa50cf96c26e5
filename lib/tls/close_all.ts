/** Closes what is not closed yet: the runtime may have closed it when its peer did, or its owner when it had enough. */
export function closeAll(...streams: { close(): void }[]): void {
  for (const stream of streams) {
    try {
      stream.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }
}
