import { isEphemeralName } from "../wire/names.ts";
import { NO_DISK } from "./backlog_disk.ts";
import type { BrokerContext } from "./context.ts";
import { JournalFanout, JournalWaiting } from "./durable/journal_intake.ts";
import type { TopicJournal } from "./durable/topic_journal.ts";
import { Fanout } from "./fanout.ts";
import type { IdSequence } from "./id_sequence.ts";
import { Log } from "./log.ts";
import { type TopicWaiting, Waiting } from "./waiting.ts";

/** Where a topic keeps its messages. */
export interface TopicStore {
  /** Null unless the topic is durable. */
  readonly journal: TopicJournal | null;
  readonly fanout: Fanout;
  readonly waiting: TopicWaiting;
}

/** Opens what a topic has on disk: a journal, a disk queue, or, if it is ephemeral, nothing. @throws what reading it throws */
export function openTopicStore(name: string, context: BrokerContext, ids: IdSequence): TopicStore {
  const isEphemeral = isEphemeralName(name);
  const journal = isEphemeral ? null : context.openJournal(name);
  if (journal !== null) return storeOf(journal, context, ids);
  const { pool, clock, nodeId } = context;
  const newLog = () => new Log(pool, clock, nodeId, ids);
  const fanout = new Fanout(newLog());
  const disk = isEphemeral ? NO_DISK : context.openDisk(name);
  return { journal, fanout, waiting: new Waiting(newLog(), disk, context) };
}

/** Where a topic with a journal keeps its messages. */
export function storeOf(
  journal: TopicJournal,
  context: BrokerContext,
  ids: IdSequence,
): TopicStore {
  const { pool, clock, nodeId } = context;
  const newLog = () => new Log(pool, clock, nodeId, ids);
  const log = newLog();
  log.indexOffset = journal.handedOnEnd;
  const fanout = new JournalFanout(log, journal, clock);
  return { journal, fanout, waiting: new JournalWaiting(newLog(), journal, clock, fanout) };
}
