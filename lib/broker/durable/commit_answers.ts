import type { CommitGroup } from "../../journal/commit_group.ts";
import type { Barrier, Kept } from "../../storage/barrier.ts";

/** What answers wait for that promise something about one topic: a commit. */
export class CommitTicket implements Kept {
  error: Error | null = null;

  /**
   * @param commit its number among the commits
   * @param number its number at the barrier
   * @param failure asked when the commit is over
   */
  constructor(
    readonly commit: number,
    readonly number: number,
    readonly failure: () => Error | null,
  ) {}
}

/** Lets answers wait at the barrier for commits: all that wait for one commit wait for one number. */
export class CommitAnswers {
  readonly #barrier: Barrier;
  readonly #open = new Map<number, { number: number; tickets: CommitTicket[] }>();

  constructor(group: CommitGroup, barrier: Barrier) {
    this.#barrier = barrier;
    group.onCommit((commit) => this.#committed(commit));
  }

  /** @param failure why the commit did not cover the topic, asked when it is over; null if it did */
  ticket(commit: number, failure: () => Error | null): CommitTicket {
    let open = this.#open.get(commit);
    if (open === undefined) {
      open = { number: this.#barrier.issue(), tickets: [] };
      this.#open.set(commit, open);
    }
    const ticket = new CommitTicket(commit, open.number, failure);
    open.tickets.push(ticket);
    return ticket;
  }

  #committed(commit: number): void {
    const open = this.#open.get(commit);
    if (open === undefined) return;
    this.#open.delete(commit);
    for (const ticket of open.tickets) ticket.error = ticket.failure();
    this.#barrier.pass(open.number);
  }
}
