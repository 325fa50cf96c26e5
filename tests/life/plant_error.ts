/** Loaded into a daemon before its own code: plants an error that nobody foresees when a signal asks for it. */
Deno.addSignalListener("SIGURG", () => void Promise.reject(new Error("planted rejection")));
Deno.addSignalListener("SIGWINCH", () => {
  setTimeout(() => {
    throw new Error("planted exception");
  });
});
