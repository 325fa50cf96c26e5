import type { DiskQueue } from "../diskqueue/disk_queue.ts";

/** What a backlog asks of its disk. */
export type BacklogDisk = Pick<
  DiskQueue,
  | "depth"
  | "bytes"
  | "unread"
  | "append"
  | "read"
  | "advance"
  | "rewind"
  | "newPeeker"
  | "empty"
  | "rest"
  | "sync"
  | "close"
  | "delete"
>;

/** The disk of an ephemeral topic or channel: whatever is put there is dropped. */
export const NO_DISK: BacklogDisk = {
  depth: 0,
  bytes: 0,
  unread: 0,
  append: () => {},
  read: () => ({ bytes: 0, count: 0 }),
  advance: () => {},
  rewind: () => {},
  newPeeker: () => {
    throw new Error("there is no disk to look at");
  },
  empty: () => {},
  rest: () => {},
  sync: () => Promise.resolve(),
  close: () => null,
  delete: () => {},
};
