import type { CommitGroup } from "../../journal/commit_group.ts";
import { deadJournalName } from "../../journal/dead_journal.ts";
import type { Journal } from "../../journal/journal.ts";
import type { SpareSegments } from "../../journal/spare_segments.ts";
import type { TopicRules } from "../../policies/rules.ts";
import type { Barrier } from "../../storage/barrier.ts";
import { CommitAnswers } from "./commit_answers.ts";
import { TopicJournal } from "./topic_journal.ts";

/** What a broker with durable topics is given. */
export interface JournalSource {
  /** Commits for all topics. */
  readonly group: CommitGroup;
  /** Segments made ahead for all topics. */
  readonly spares: SpareSegments;
  /** Whether a topic of this name is durable. @param rules what policies say of it, if not what they say now */
  isDurable(topic: string, rules?: TopicRules): boolean;
  /** Opens the journal of a topic, which reports its failures and recoveries. @throws what reading it throws */
  open(topic: string, onHealth: (error: Error | null) => void): Journal;
  /** Whether the journal `name` of dead messages was found at the start. */
  hasDead(name: string): boolean;
  /** Opens a journal of dead messages, which reports its failures and recoveries. @throws what reading it throws */
  openDead(name: string, onHealth: (error: Error | null) => void): Journal;
}

/** Commits done so far, with the bytes that they wrote, the ms that they took, and how often a topic's part failed. */
export type CommitFigures = Readonly<CommitGroup["figures"]>;

/** What all journals of a broker have done, and the bytes of segments that were made ahead. */
export interface JournalFigures {
  readonly commits: CommitFigures;
  readonly spareBytes: number;
}

/** All journals of one broker. */
export class Journals {
  readonly #source: JournalSource;
  readonly #barrier: Barrier;
  readonly #answers: CommitAnswers;
  readonly #onHealth: (name: string, error: Error | null) => void;
  readonly #open = new Set<Journal>();

  constructor(
    source: JournalSource,
    barrier: Barrier,
    onHealth: (name: string, error: Error | null) => void,
  ) {
    this.#source = source;
    this.#barrier = barrier;
    this.#answers = new CommitAnswers(source.group, barrier);
    this.#onHealth = onHealth;
  }

  get figures(): JournalFigures {
    const { group, spares } = this.#source;
    return { commits: group.figures, spareBytes: spares.bytes };
  }

  /** The journal of a topic that is being made; null if it is not durable. @throws what reading it throws */
  open(topic: string): TopicJournal | null {
    if (!this.#source.isDurable(topic)) return null;
    return this.#add(topic, this.#source.open(topic, this.#healthOf(topic)));
  }

  isDurable(topic: string, rules: TopicRules): boolean {
    return this.#source.isDurable(topic, rules);
  }

  /** Whether there were dead messages of a channel at the start. */
  hasDead(topic: string, channel: string): boolean {
    return this.#source.hasDead(deadJournalName(topic, channel));
  }

  /** The journal of a channel's dead messages. @throws what reading it throws */
  openDead(topic: string, channel: string): TopicJournal {
    const name = deadJournalName(topic, channel);
    return this.#add(name, this.#source.openDead(name, this.#healthOf(name)));
  }

  #healthOf(name: string): (error: Error | null) => void {
    return (error) => this.#onHealth(`${name}.journal`, error);
  }

  #add(name: string, journal: Journal): TopicJournal {
    this.#open.add(journal);
    return new TopicJournal(name, journal, this.#barrier, this.#answers);
  }

  /** The topic was deleted. */
  forget({ name, journal }: TopicJournal): void {
    this.#open.delete(journal);
    this.#onHealth(`${name}.journal`, null);
  }

  /** Commits all that happened. @returns why that failed; null if it did not */
  async flush(): Promise<Error | null> {
    await this.#source.group.flush();
    for (const { failure } of this.#open) if (failure !== null) return failure;
    return null;
  }

  /** Closes the files. What has not been committed is lost. */
  close(): void {
    this.#source.group.stop();
    this.#source.spares.stop();
    for (const journal of this.#open) journal.close();
    this.#open.clear();
  }
}
