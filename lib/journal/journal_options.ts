import type { Logger } from "../log/logger.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { CommitGroup } from "./commit_group.ts";
import type { RetentionLimits } from "./retention.ts";
import type { SpareSegments } from "./spare_segments.ts";

/** What a journal needs. */
export interface JournalOptions {
  topic: string;
  dataPath: string;
  files: FileSystem;
  group: CommitGroup;
  logger: Logger;
  /** ms since 1970. */
  unixMs: () => number;
  /** Default: 64 MB. */
  segmentBytes?: number;
  retention?: RetentionLimits;
  /** Segments made ahead, for all topics. */
  spares?: SpareSegments | undefined;
  /** Numbers of its segments, ascending; looked for if left out. */
  numbers?: readonly number[] | undefined;
  /** See {@link repair}. */
  syncLater?: ((path: string) => void) | undefined;
  /** Told when the topic was deleted and no file of it is left. */
  onDeleted?: () => void;
  /** Told when writing fails, and with null when it works again. */
  onHealth?: (error: Error | null) => void;
}
