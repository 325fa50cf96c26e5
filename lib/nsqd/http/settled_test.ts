import { rejects } from "node:assert/strict";
import { settledDeletion } from "./settled.ts";
import { FakeHost } from "./testing/fake_host.ts";

Deno.test("A deletion of which neither the journal nor the metadata file takes anything is refused once, and ends nothing", async () => {
  const host = new FakeHost();
  host.persistFailure = new Error("disk full");
  const { barrier } = host.broker;
  const number = barrier.issue();
  const refused = rejects(
    settledDeletion(host, "delete channel", () => {
      barrier.require(number, { error: new Error("disk full") });
      return true;
    }),
    { status: 503, message: "DISK_ERROR" },
  );
  // The file fails first, or last: whoever waits for one of the two must not miss the other, as Deno ends at a rejection that nobody handles.
  await new Promise((resolve) => setTimeout(resolve));
  barrier.pass(number);
  await refused;
});
