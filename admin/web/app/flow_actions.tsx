/** What can be done with a topic as a whole, or a channel: pause or unpause, empty, delete. */
import { mayAct } from "./api.ts";
import { ActionButton, type Question } from "./dialog.tsx";
import { Paused } from "./figures.tsx";
import { navigate } from "./router.ts";

/** The question that each button asks. */
export interface FlowQuestions {
  pause: Question;
  unpause: Question;
  empty: Question;
  delete: Question;
}

export function FlowActions(
  { paused, questions, refresh, deletedTo }: {
    paused: boolean;
    questions: FlowQuestions;
    refresh(): void;
    /** The page to go to when there is nothing to be shown here any more. */
    deletedTo: string;
  },
) {
  // One button, whose dialog stays when figures tell of what it did before its answer does.
  const pausing = paused
    ? { label: "Unpause", question: questions.unpause }
    : { label: "Pause", question: questions.pause };
  return (
    <>
      <Paused paused={paused} />
      <span class="spring" />
      {mayAct && (
        <div class="actions" role="group" aria-label="Actions">
          <ActionButton {...pausing} onAsk={refresh} onDone={refresh} />
          <ActionButton
            label="Empty"
            question={questions.empty}
            onAsk={refresh}
            onDone={refresh}
          />
          <ActionButton
            label="Delete"
            class="danger-quiet"
            question={questions.delete}
            onAsk={refresh}
            onDone={() => navigate(deletedTo)}
          />
        </div>
      )}
    </>
  );
}
