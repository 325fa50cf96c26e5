import type { Scheduler } from "../../broker/scheduler.ts";
import type { OutputMemory } from "../../wire/output_memory.ts";
import type { ClientContext } from "./client.ts";
import type { ReadPace } from "./read_pace.ts";
import type { Shares } from "./shares.ts";

/** What all connections of a server share, beyond what commands need. */
export interface ConnectionContext extends ClientContext {
  readonly scheduler: Scheduler;
  readonly outputMemory: OutputMemory;
  readonly readPace: ReadPace;
  readonly shares: Shares;
}
