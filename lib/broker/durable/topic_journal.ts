import type { Journal } from "../../journal/journal.ts";
import type { JournalChannel } from "../../journal/journal_channel.ts";
import type { KeyEntry } from "../../journal/key_table.ts";
import { NOTHING_WAITS } from "../../journal/topic_state.ts";
import type { Barrier } from "../../storage/barrier.ts";
import type { TopicStats } from "../stats.ts";
import type { CommitAnswers, CommitTicket } from "./commit_answers.ts";

/** The journal of a durable topic: whoever does something with it here is answered when that is on the disk. */
export class TopicJournal {
  readonly #barrier: Barrier;
  readonly #answers: CommitAnswers;
  /** Whether there were files. */
  readonly isOld: boolean;
  #ticket: CommitTicket | null = null;

  constructor(
    readonly name: string,
    readonly journal: Journal,
    barrier: Barrier,
    answers: CommitAnswers,
  ) {
    this.#barrier = barrier;
    this.#answers = answers;
    this.isOld = journal.segments.last !== undefined;
  }

  /** Index of the first message that waits in the topic; the end if none does. */
  get handedOnEnd(): number {
    const { state, endIndex } = this.journal;
    return state.waitingFrom === NOTHING_WAITS ? endIndex : Math.min(state.waitingFrom, endIndex);
  }

  /** Index of the next message. */
  get endIndex(): number {
    return this.journal.endIndex;
  }

  /** The oldest message that is kept; the next one if none is. */
  get firstIndex(): number {
    return Math.min(this.journal.retainedFrom.index, this.handedOnEnd);
  }

  /** Index of the first message that is kept and was published at or after `unixMs`. @throws what reading throws */
  indexAt(unixMs: number): number {
    return Math.min(this.journal.indexAt(unixMs), this.handedOnEnd);
  }

  /** @throws the error of the last commit while writing fails */
  checkWritable(): void {
    const { refusal } = this.journal;
    if (refusal !== null) throw refusal;
  }

  /** See Journal.append. @throws as {@link checkWritable} */
  append(src: Uint8Array, start: number, end: number, count: number, dueUnixMs = 0): void {
    this.#require(this.journal.append(src, start, end, count, dueUnixMs));
  }

  /** The channel of this name, made if there is none. @param floor the first message that it is to get then */
  channel(name: string, floor: number): JournalChannel {
    const existing = this.journal.channels.get(name);
    if (existing !== undefined) return existing;
    const { channel, commit } = this.journal.createChannel(name, floor);
    this.#require(commit);
    return channel;
  }

  deleteChannel(channel: JournalChannel): void {
    this.#require(this.journal.deleteChannel(channel));
  }

  pauseChannel(channel: JournalChannel, paused: boolean): void {
    if (channel.state.paused === paused) return;
    channel.pause(paused);
    this.requireCommit();
  }

  pause(paused: boolean): void {
    if (this.journal.state.paused !== paused) this.#require(this.journal.pause(paused));
  }

  /** The message that was just appended has this key. */
  setKey(key: string, entry: KeyEntry): void {
    this.journal.setKey(key, entry);
  }

  forgetKey(key: string): void {
    this.journal.forgetKey(key);
    this.requireCommit();
  }

  /** The deferred message `index`, which no channel was given yet, is finished when it is handed on. */
  cancelWaiting(index: number): void {
    this.journal.cancelWaiting(index);
    this.requireCommit();
  }

  /** Makes a journal that a start finds, though nothing happened yet. */
  make(): void {
    const { journal } = this;
    if (journal.segments.last === undefined) this.#require(journal.pause(journal.state.paused));
  }

  /** Its part of the topic's statistics. */
  stats(): Pick<TopicStats, "durable" | "journal_bytes" | "retained_from"> {
    const { segments, retainedFrom } = this.journal;
    return {
      durable: true,
      journal_bytes: segments.bytes,
      retained_from: new Date(retainedFrom.unixMs).toISOString(),
    };
  }

  /** What has been done is answered when it is on the disk. */
  requireCommit(): void {
    this.#require(this.journal.commit());
  }

  /** Removes the files. @throws what removing throws */
  delete(): void {
    this.#require(this.journal.delete());
  }

  #require(commit: number): void {
    if (this.#ticket?.commit !== commit) {
      this.#ticket = this.#answers.ticket(commit, () => this.journal.failureOf(commit));
    }
    this.#barrier.require(this.#ticket.number, this.#ticket);
  }
}
