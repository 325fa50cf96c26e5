/** What the tests of policies share. */
import { equal } from "../harness/assert.ts";
import type { Nsqd } from "../harness/mod.ts";

/** A policy as it is sent. */
export interface PolicyDraft {
  name: string;
  topic: string;
  channel?: string;
  priority?: number;
  set: Record<string, unknown>;
}

/** Puts a policy, and expects it to be taken. @returns the answer */
export async function putPolicy(nsqd: Nsqd, policy: PolicyDraft): Promise<Record<string, unknown>> {
  const response = await nsqd.http("/policy/put", {
    method: "POST",
    body: JSON.stringify(policy),
  });
  const body = await response.text();
  equal(response.status, 200, body);
  return JSON.parse(body);
}

/** GETs JSON. */
export async function getJson<T>(nsqd: Nsqd, path: string): Promise<T> {
  const response = await nsqd.http(path);
  const body = await response.text();
  equal(response.status, 200, `${path}: ${body}`);
  return JSON.parse(body);
}

/**
 * Ends the broker as a crash does, when all that nobody waited for is on the disk: it is with the next commit, and that is waited for here.
 *
 * @param marker a durable topic that nobody asks for
 */
export async function killWhenWritten(nsqd: Nsqd, marker: string): Promise<void> {
  await nsqd.post(`/pub?topic=${marker}`, "x");
  equal((await nsqd.topic(marker) as { durable?: boolean }).durable, true);
  await nsqd.kill();
}
