/** Every signal that ends a tool lets it finish what it has begun. */
import { deepEqual, equal } from "../harness/assert.ts";
import { eventually, nsqdSuite, startTool, TemporaryDirectory, topicName } from "../harness/mod.ts";

/** What was written to the files of a folder. */
function written(directory: TemporaryDirectory): string {
  return directory.names().map((name) => directory.readText(name)).join("");
}

nsqdSuite([], (test) => {
  for (const signal of ["SIGQUIT", "SIGTERM", "SIGUSR1"] as const) {
    test(`to-file has all on disk that it has finished when ${signal} ends it`, async (nsqd) => {
      using directory = new TemporaryDirectory();
      const topic = topicName();
      await nsqd.create(topic, "archive");
      await nsqd.post(`/mpub?topic=${topic}`, "one\ntwo");
      await using tool = startTool(
        "nsq_to_file",
        `--topic=${topic}`,
        "--channel=archive",
        `--output-dir=${directory.path}`,
        `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
      );
      await eventually(async () =>
        equal((await nsqd.channel(topic, "archive")).in_flight_count, 2, "both taken")
      );
      await tool.stop(signal);
      equal(written(directory), "one\ntwo\n");
      await eventually(async () => {
        const { depth, in_flight_count } = await nsqd.channel(topic, "archive");
        deepEqual([depth, in_flight_count], [0, 0]);
      });
    });
  }

  for (const signal of ["SIGHUP", "SIGQUIT", "SIGPWR"] as const) {
    test(`${signal} ends tail in order`, async (nsqd) => {
      const topic = topicName();
      await nsqd.create(topic, "c");
      await nsqd.post(`/pub?topic=${topic}`, "seen");
      await using tool = startTool(
        "nsq_tail",
        `--topic=${topic}`,
        "--channel=c",
        `--nsqd-tcp-address=127.0.0.1:${nsqd.tcpPort}`,
      );
      await eventually(() => equal(tool.stdout, "seen\n"));
      await tool.stop(signal);
      await eventually(async () => {
        const { depth, in_flight_count } = await nsqd.channel(topic, "c");
        deepEqual([depth, in_flight_count], [0, 0]);
      });
    });
  }
});
