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
  /** New segments have larger numbers: of a topic of this name that was deleted files are being removed, perhaps, up to this one. */
  lastNumber?: number | undefined;
  /** Told when the topic was deleted and no file of it is left. @param lastNumber as above, of who is next; 0 if nothing is being removed */
  onDeleted?: (lastNumber: number) => void;
  /** Told when writing fails, and with null when it works again. */
  onHealth?: (error: Error | null) => void;
}
