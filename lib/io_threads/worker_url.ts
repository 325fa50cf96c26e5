/** Where the script of an I/O thread stands: beside this module, or, bundled, beside the program's script. */
export function workerUrl(): URL {
  const isSource = import.meta.url.endsWith(".ts");
  return new URL(isSource ? "./worker.ts" : "./io_worker.js", import.meta.url);
}
