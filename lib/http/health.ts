import type { HttpApi } from "./api.ts";
import { HttpError } from "./http_error.ts";

/**
 * `/health/live` and `/health/ready`, for probes: a process that does not answer the first one
 * should be started again, one that refuses the second should get no traffic. Both are plain text
 * and not logged, as probes ask every few seconds.
 *
 * @param readiness "OK", or why clients cannot be served now
 */
export function addHealthRoutes(api: Pick<HttpApi, "route">, readiness: () => string): void {
  const options = { plainText: true, logged: false };
  api.route("GET", "/health/live", () => "OK", options);
  api.route("GET", "/health/ready", () => {
    const answer = readiness();
    if (answer !== "OK") throw new HttpError(503, answer);
    return answer;
  }, options);
}
