/** Something that is done in many places, and what came of it: where it failed it can be repeated. */
import { useState } from "preact/hooks";
import type { ActionAnswer, ActionRequest, Failure } from "../../console/contract.ts";
import { doIt, reasonOf } from "./api.ts";
import { clock, plural } from "./format.ts";
import { useIsGone } from "./modal.tsx";
import { notify } from "./notice.tsx";

/** What became of it so far. */
export interface Outcome {
  done: string[];
  failed: Failure[];
}

interface DeedState {
  isBusy: boolean;
  /** Why it could not be tried at all; may be empty. */
  error: string;
  /** Null before the first try, and as long as nothing failed. */
  outcome: Outcome | null;
}

/**
 * @param title what is done, for when nobody looks at the dialog any more
 * @param onDone called once it is done everywhere
 */
export function useDeed(title: string, onDone: () => void) {
  const isGone = useIsGone();
  const [state, setState] = useState<DeedState>({ isBusy: false, error: "", outcome: null });
  const run = async (request: ActionRequest) => {
    setState((old) => ({ ...old, isBusy: true, error: "" }));
    try {
      const outcome = added(state.outcome, await doIt(request));
      setState({ isBusy: false, error: "", outcome });
      if (outcome.failed.length === 0) onDone();
      else if (isGone()) notify(`${title}: ${outcome.failed.map(sentenceOf).join("; ")}`, "error");
    } catch (failure) {
      if (isGone()) notify(`${title}: ${reasonOf(failure)}`, "error");
      setState((old) => ({ ...old, isBusy: false, error: reasonOf(failure) }));
    }
  };
  const repeat = (request: ActionRequest) =>
    run({ ...request, only: state.outcome?.failed.map(({ at }) => at) ?? [] });
  return { ...state, run, repeat };
}

function added(before: Outcome | null, { done, failed }: ActionAnswer): Outcome {
  return { done: [...new Set([...before?.done ?? [], ...done])], failed };
}

/** Where it was done and where not. */
export function OutcomeList({ outcome }: { outcome: Outcome }) {
  const { done, failed } = outcome;
  return (
    <div class="note warning" role="alert">
      <p>
        {done.length === 0
          ? "It was done nowhere. "
          : `Done on ${done.length} of ${done.length + failed.length}. `}
        It did not happen on:
      </p>
      <ul>{failed.map((each) => <li key={each.at}>{sentenceOf(each)}</li>)}</ul>
    </div>
  );
}

function sentenceOf({ at, kind, reason, lastMessages, sinceMs }: Failure): string {
  const what = kind === "lookupd" ? `lookupd ${at}` : at;
  if (lastMessages === null || sinceMs === 0) return `${what}: ${reason}`;
  return `${what}: ${reason}. It held ${plural(lastMessages, "message")} at ${clock(sinceMs)}.`;
}
