import { deepStrictEqual as deepEqual, match } from "node:assert/strict";
import { JsonClient } from "../../http/json_client.ts";
import type { Logger } from "../../log/logger.ts";
import { TopicList } from "./topic_list.ts";

function keepingLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const keep = (text: string) => void lines.push(text);
  return {
    level: 1,
    enabled: () => true,
    lines,
    debug: keep,
    info: keep,
    warn: keep,
    error: keep,
    fatal: keep,
  };
}

Deno.test("TopicList warns of a lookupd that does not answer, and not of a question that was given up", async () => {
  const asked = Promise.withResolvers<void>(), answer = Promise.withResolvers<Response>();
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
    asked.resolve();
    return answer.promise;
  });
  const logger = keepingLogger();
  const client = new JsonClient({ connectTimeoutMs: 60_000, requestTimeoutMs: 60_000 });
  deepEqual(await new TopicList(["127.0.0.1:1"], client, logger).fetch(), []);
  const hanging = [`127.0.0.1:${server.addr.port}`];
  const fetching = new TopicList(hanging, client, logger).fetch();
  await asked.promise;
  client.close();
  deepEqual(await fetching, []);
  answer.resolve(new Response());
  deepEqual(logger.lines.length, 1);
  match(logger.lines[0]!, /^cannot get topics from lookupd 127\.0\.0\.1:1 - .*refused/);
});
