import { denoRuntime } from "./deno.ts";
import { nodeRuntime } from "./node.ts";
import type { Runtime } from "./runtime.ts";

/** What this process runs on. */
export const runtime: Runtime = "Deno" in globalThis ? denoRuntime : nodeRuntime;
