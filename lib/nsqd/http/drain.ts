import { parseDuration } from "../../go/duration.ts";
import type { HttpApi } from "../../http/api.ts";
import { HttpError } from "../../http/http_error.ts";
import type { Answer } from "../../http/respond.ts";
import { ValueError } from "../../value_error.ts";
import { queryOf } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { flagParameter } from "./numbers.ts";

/** `/drain` and `/drain/cancel`: takes the broker out of service, or leaves it there after all. */
export function addDrainRoutes(api: HttpApi, host: NsqdHost): void {
  api.route("POST", "/drain", async (context) => {
    const query = queryOf(context, host.logger);
    const isWaiting = flagParameter(query, "wait");
    host.drain.begin(deadlineMs(query.get("deadline")));
    const state = host.drain.state();
    if (!isWaiting) return state as Answer;
    const end = await host.drain.over();
    return { end, ...(host.drain.state() ?? state) };
  }, { parameters: ["deadline", "wait"] });

  api.route("POST", "/drain/cancel", () => {
    host.drain.cancel();
    return null;
  }, { parameters: [] });
}

/** @returns Infinity for none @throws HttpError 400 that says what is wrong */
function deadlineMs(text: string | undefined): number {
  if (text === undefined) return Infinity;
  let ms;
  try {
    ms = parseDuration(text);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new HttpError(400, `deadline: ${error.message}`, { cause: error });
  }
  if (ms > 0) return ms;
  throw new HttpError(400, "deadline: must be more than 0; without it the drain takes its time");
}
