/** Names of before NSQ 1.0, which old tutorials and scripts still have. */
import { betterThanReference, Client, messageBatch, startNsqd } from "../harness/mod.ts";
import { deepEqual, equal } from "../harness/assert.ts";
import { answer, refusal } from "./answer.ts";

betterThanReference(
  "/put and /mput are /pub and /mpub, and say once that they are old",
  async () => {
    await using nsqd = await startNsqd();
    equal(await answer(nsqd, "POST", "/put?topic=t", "one"), "200 OK");
    equal(await answer(nsqd, "POST", "/put?topic=t&defer=1", "deferred"), "200 OK");
    equal(await answer(nsqd, "POST", "/mput?topic=t", "two\nthree\n"), "200 OK");
    const batch = messageBatch(["four\n"]);
    equal(await answer(nsqd, "POST", "/mput?topic=t&binary=true", batch), "200 OK");
    equal(await answer(nsqd, "POST", "/put", "x"), refusal(400, "MISSING_ARG_TOPIC"));
    equal(await answer(nsqd, "POST", "/put?topic=t", ""), refusal(400, "MSG_EMPTY"));
    equal(
      await answer(nsqd, "POST", "/mput?topic=t&binary=true", "x"),
      refusal(413, "BAD_BODY"),
    );
    equal(await answer(nsqd, "GET", "/put?topic=t"), refusal(405, "METHOD_NOT_ALLOWED"));
    using client = await Client.connect(nsqd.tcpPort);
    await client.subscribe("t", "c", 5);
    const bodies = (await client.nextMessages(5)).map(({ body }) => body).sort();
    deepEqual(bodies, ["deferred", "four\n", "one", "three", "two"]);
    await nsqd.waitForLog(/\/mput is the old name/);
    deepEqual(nsqd.logLines.flatMap((line) => /WARNING: (.*old name.*)/.exec(line)?.[1] ?? []), [
      "/put is the old name of /pub, please use that",
      "/mput is the old name of /mpub, please use that",
    ]);
  },
);
