/** A parameter that is misspelt, or has a value that it cannot have, never does what was not meant. */
import { deepEqual, equal, match, ok } from "../harness/assert.ts";
import { nsqdSuite, topicName } from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { exchange } from "../http/raw_http.ts";
import { getJson } from "./support.ts";

/** All calls that Go's nsqd has not got. */
const OWN_CALLS = [
  ...["list", "effective"].map((name) => `GET /policy/${name}`),
  ...["put", "delete"].map((name) => `POST /policy/${name}`),
  "POST /drain",
  "POST /drain/cancel",
  "GET /topic/peek",
  ...["peek", "stream"].map((name) => `GET /channel/${name}`),
  ...["take", "kick", "seek", "dead/empty"].map((name) => `POST /channel/${name}`),
  ...["cancel", "delete", "finish", "requeue", "touch"].map((name) => `POST /message/${name}`),
];

const policy = (name: string) => JSON.stringify({ name, topic: name, set: { backoff: ["1s"] } });

nsqdSuite([], (test) => {
  test.betterThanReference("a dry run is one in every spelling, or refused", async (nsqd) => {
    const put = (query: string) => answer(nsqd, "POST", `/policy/put?${query}`, policy("dry"));
    for (const word of ["1", "t", "T", "true", "TRUE", "True"]) {
      match(await put(`dry_run=${word}`), /^200 .*"dry_run":true/);
    }
    const wanted = refusal(400, "dry_run is neither true nor false");
    for (
      const word of ["dry_run=yes", "dry_run=on", "dry_run=y", "dry_run=2", "dry_run=", "dry_run"]
    ) {
      equal(await put(word), wanted, word);
    }
    match(await put("dryrun=true"), /^400 .*dryrun: unknown parameter, there are dry_run/);
    deepEqual(await getJson(nsqd, "/policy/list"), { policies: [] });
    match(await put("dry_run=F"), /^200 .*"dry_run":false/);
    equal(await answer(nsqd, "POST", "/policy/delete?name=dry"), "200 ");
  });

  test.betterThanReference("a drain that waits `maybe` does not begin", async (nsqd) => {
    for (const query of ["wait=maybe", "wait", "Wait=true", "dead_line=1h"]) {
      match(await answer(nsqd, "POST", `/drain?${query}`), /^400 .*wait|dead_line/i);
    }
    equal((await getJson<{ state: string }>(nsqd, "/info")).state, "running");
  });

  test.betterThanReference("calls of our own refuse a parameter they do not know", async (nsqd) => {
    for (const call of OWN_CALLS) {
      const [method = "", path = ""] = call.split(" ");
      match(
        await answer(nsqd, method, `${path}?topic2=t&name2=x`),
        /^400 {"message":"topic2: unknown parameter, there are .*"}$/,
        call,
      );
    }
    equal((await getJson<{ state: string }>(nsqd, "/info")).state, "running");
  });

  test.betterThanReference("calls of NSQ pass over what they do not know", async (nsqd) => {
    const topic = topicName();
    equal(await answer(nsqd, "POST", `/topic/create?topic=${topic}&colour=red`), "200 ");
    equal(await answer(nsqd, "POST", `/pub?topic=${topic}&colour=red`, "x"), "200 OK");
    equal(
      await answer(nsqd, "POST", `/mpub?topic=${topic}&binary=false&colour=red`, "x"),
      "200 OK",
    );
    match(await answer(nsqd, "GET", "/stats?format=json&include_mem=maybe&colour=red"), /^200 /);
  });

  test.betterThanReference("a body that is not well chunked is the client's fault", async (nsqd) => {
    const topic = topicName();
    const dial = () => Deno.connect({ hostname: "127.0.0.1", port: nsqd.httpPort });
    for (const path of ["/policy/put", `/pub?topic=${topic}`, `/mpub?topic=${topic}`]) {
      const head = `POST ${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`;
      const { text } = await exchange(dial, [`${head}zz\r\nhello\r\n0\r\n\r\n`], { end: "closed" });
      match(
        text,
        /^HTTP\/1\.1 400 .*\{"message":"the body ends too early or is not well chunked"\}/s,
      );
    }
    ok(!nsqd.log().includes("panic"));
  });
});
