/** Limits of queues, messages and clients. */

import { matchesSomeName } from "../../policies/glob.ts";
import { ValueError } from "../../value_error.ts";
import { boolean, byteSize, duration, integer, text, textList } from "../../cli/kind.ts";
import {
  HOUR_MS,
  inGroup,
  MINUTE_MS,
  MORE_THAN_ZERO,
  NOT_NEGATIVE,
  POSITIVE,
  SECOND_MS,
} from "./group.ts";

/** A frame's size is an int32, and a message frame holds 30 bytes beside the body's. */
const MAX_BODY_BYTES = 2 ** 31 - 1 - 30;

/** @throws ValueError for a pattern of topics that cannot be meant */
function checkPattern(pattern: string): void {
  if (!matchesSomeName(pattern)) {
    throw new ValueError(`no topic can have a name that ${JSON.stringify(pattern)} matches`);
  }
}

export function storageOptions() {
  const add = inGroup("Storage");
  return {
    dataPath: add(
      "data-path",
      text({ valueName: "folder" }),
      "",
      "folder for queues and metadata; default is the working directory",
    ),
    dataPathCreate: add(
      "data-path-create",
      boolean(),
      false,
      "make the folder of --data-path if it does not exist, and those above it",
    ),
    memQueueSize: add(
      "mem-queue-size",
      integer(NOT_NEGATIVE),
      10_000,
      "messages kept in memory by each topic and channel; the rest goes to disk",
    ),
    maxBytesPerFile: add(
      "max-bytes-per-file",
      integer(POSITIVE),
      100 * 1024 * 1024,
      "size in bytes at which a queue goes on in a new file",
    ),
    syncEvery: add(
      "sync-every",
      integer(NOT_NEGATIVE),
      2500,
      "messages written to or read from a disk queue before an fsync, 0 for any number;\n" +
        "no more are acknowledged without one",
    ),
    syncTimeoutMs: add(
      "sync-timeout",
      duration(MORE_THAN_ZERO),
      2 * SECOND_MS,
      "longest time between two fsyncs of a disk queue in use",
    ),
    durable: add(
      "durable",
      textList({ valueName: "pattern", check: checkPattern }),
      [],
      "topics of which each message is on the disk, synced, before it is acknowledged;\n" +
        "* stands for any characters, ? for one; repeatable",
    ),
    retainAgeMs: add(
      "retain-age",
      duration(NOT_NEGATIVE),
      0,
      "time for which durable topics, by --durable or by a policy, keep what is finished, for channels\n" +
        "that begin in the past",
    ),
    retainBytes: add(
      "retain-bytes",
      byteSize(),
      0,
      "size up to which durable topics, by --durable or by a policy, keep what is finished, each;\n" +
        "10GB is understood",
    ),
    policyFiles: add(
      "policy-file",
      textList({ valueName: "file" }),
      [],
      "policies that cannot be changed while the broker runs, as in policies.json; repeatable",
    ),
    queueScanWorkerPoolMax: add(
      "queue-scan-worker-pool-max",
      integer(POSITIVE),
      4,
      "has no effect: timeouts are kept sorted, nothing is scanned",
    ),
    queueScanSelectionCount: add(
      "queue-scan-selection-count",
      integer(POSITIVE),
      20,
      "has no effect: timeouts are kept sorted, nothing is scanned",
    ),
  };
}

export function messageOptions() {
  const add = inGroup("Messages");
  return {
    msgTimeoutMs: add(
      "msg-timeout",
      duration(MORE_THAN_ZERO),
      MINUTE_MS,
      "time after which an unanswered message is queued again",
    ),
    maxMsgTimeoutMs: add(
      "max-msg-timeout",
      duration(NOT_NEGATIVE),
      15 * MINUTE_MS,
      "upper bound of a client's own message timeout, TOUCH included",
    ),
    maxReqTimeoutMs: add(
      "max-req-timeout",
      duration(NOT_NEGATIVE),
      HOUR_MS,
      "longest delay of a requeued or deferred message",
    ),
    maxMsgSizeBytes: add(
      "max-msg-size",
      integer({ min: 1, max: MAX_BODY_BYTES }),
      1024 * 1024,
      "largest message in bytes",
    ),
    maxBodySizeBytes: add(
      "max-body-size",
      integer({ min: 1, max: MAX_BODY_BYTES }),
      5 * 1024 * 1024,
      "largest body of one command in bytes",
    ),
  };
}

export function clientOptions() {
  const add = inGroup("Clients");
  return {
    maxHeartbeatIntervalMs: add(
      "max-heartbeat-interval",
      duration(NOT_NEGATIVE),
      MINUTE_MS,
      "longest time between heartbeats that a client may ask for",
    ),
    maxRdyCount: add("max-rdy-count", integer(NOT_NEGATIVE), 2500, "largest RDY of a client"),
    maxOutputBufferSizeBytes: add(
      "max-output-buffer-size",
      integer(NOT_NEGATIVE),
      64 * 1024,
      "largest output buffer in bytes that a client may ask for",
    ),
    maxOutputBufferTimeoutMs: add(
      "max-output-buffer-timeout",
      duration(NOT_NEGATIVE),
      30 * SECOND_MS,
      "longest time between flushes that a client may ask for",
    ),
    minOutputBufferTimeoutMs: add(
      "min-output-buffer-timeout",
      duration(NOT_NEGATIVE),
      25,
      "shortest time between flushes that a client may ask for",
    ),
    outputBufferTimeoutMs: add(
      "output-buffer-timeout",
      duration(MORE_THAN_ZERO),
      250,
      "time between flushes for a client that does not ask",
    ),
    maxChannelConsumers: add(
      "max-channel-consumers",
      integer(NOT_NEGATIVE),
      0,
      "most consumers of one channel on this nsqd; default 0 for no limit",
    ),
  };
}
