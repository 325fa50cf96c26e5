/**
 * Journals of dead messages, one a channel: what tells them from those of topics.
 * @module
 */

const SUFFIX = ":dead";

/** Bytes that stand behind each body: what is known of the message's end. */
export const DEAD_NOTE_BYTES = 20;

/** Its name in place of a topic's, which no topic can have. */
export function deadJournalName(topic: string, channel: string): string {
  return `${topic}:${channel}${SUFFIX}`;
}

/** Whether the journal of this name holds dead messages. */
export function isDeadJournal(name: string): boolean {
  return name.endsWith(SUFFIX);
}
