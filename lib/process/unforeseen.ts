/** What nobody foresaw: rejected promises that nobody awaits, and exceptions that nobody catches. */

/** Told of it in words, with the stack. */
export type UnforeseenHandler = (text: string) => void;

/** Has `handle` called where the runtime would end the process at once. Disposing gives that back to the runtime. */
export function onUnforeseen(handle: UnforeseenHandler): Disposable {
  const onRejection = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    handle(`unhandled rejection - ${describe(event.reason)}`);
  };
  const onError = (event: ErrorEvent) => {
    event.preventDefault();
    handle(`unhandled exception - ${describe(event.error ?? event.message)}`);
  };
  globalThis.addEventListener("unhandledrejection", onRejection);
  globalThis.addEventListener("error", onError);
  return {
    [Symbol.dispose]() {
      globalThis.removeEventListener("unhandledrejection", onRejection);
      globalThis.removeEventListener("error", onError);
    },
  };
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}
