/** Policies are listed, put, deleted, kept over a restart, and refused with the name of the field that is wrong. */
import { deepEqual, equal, match } from "../harness/assert.ts";
import {
  type Nsqd,
  nsqdSuite,
  runRefusedNsqd,
  startNsqd,
  TemporaryDirectory,
  topicName,
} from "../harness/mod.ts";
import { answer, refusal } from "../http/answer.ts";
import { getJson, type PolicyDraft, putPolicy } from "./support.ts";

interface Listed {
  policies: (PolicyDraft & { fixed: boolean })[];
}

const names = async (nsqd: Nsqd) =>
  (await getJson<Listed>(nsqd, "/policy/list")).policies.map(({ name }) => name);

function draft(name: string, topic: string, more: Partial<PolicyDraft> = {}): PolicyDraft {
  return { name, topic, channel: "*", priority: 0, set: { backoff: ["1s"] }, ...more };
}

nsqdSuite([], (test) => {
  test.betterThanReference("a policy is put, listed, replaced and deleted", async (nsqd) => {
    const first = draft("first", "orders.*", { priority: 3 });
    const second = draft("second", "pay?", { channel: "bill*", set: { backoff: ["1s", "10m"] } });
    await putPolicy(nsqd, second);
    await putPolicy(nsqd, first);
    deepEqual(await getJson(nsqd, "/policy/list"), {
      policies: [{ ...first, fixed: false }, { ...second, fixed: false }],
    });
    await putPolicy(nsqd, { ...first, priority: -1 });
    deepEqual(await names(nsqd), ["second", "first"]);
    equal(await answer(nsqd, "POST", "/policy/delete?name=second"), "200 ");
    deepEqual(await names(nsqd), ["first"]);
    equal(await answer(nsqd, "POST", "/policy/delete?name=first"), "200 ");
    equal(
      await answer(nsqd, "POST", "/policy/delete?name=first"),
      refusal(404, "POLICY_NOT_FOUND"),
    );
    equal(await answer(nsqd, "POST", "/policy/delete"), refusal(400, "MISSING_ARG_NAME"));
  });

  test.betterThanReference("each field comes from the policy of the highest rank", async (nsqd) => {
    const topic = topicName();
    await putPolicy(nsqd, draft("wide", `${topic}*`, { set: { backoff: ["1s"] } }));
    await putPolicy(nsqd, draft("exact", topic, { set: { backoff: ["2s"] } }));
    await putPolicy(nsqd, draft("b", topic, { channel: "c", set: { backoff: ["3s"] } }));
    await putPolicy(nsqd, draft("a", topic, { channel: "d", set: { backoff: ["4s"] } }));
    const backoff = async (path: string) => {
      const { fields } = await getJson<{ fields: Record<string, unknown> }>(
        nsqd,
        `/policy/effective?${path}`,
      );
      return fields.backoff;
    };
    // The longer pattern, then the name.
    deepEqual(await backoff(`topic=${topic}x&channel=c`), { value: ["1s"], policy: "wide" });
    deepEqual(await backoff(`topic=${topic}&channel=c`), { value: ["1s"], policy: "wide" });
    await putPolicy(nsqd, draft("wide", "*", { set: { backoff: ["1s"] } }));
    deepEqual(await backoff(`topic=${topic}&channel=c`), { value: ["3s"], policy: "b" });
    deepEqual(await backoff(`topic=${topic}&channel=d`), { value: ["4s"], policy: "a" });
    deepEqual(await backoff(`topic=${topic}&channel=e`), { value: ["2s"], policy: "exact" });
    await putPolicy(nsqd, draft("wide", "*", { priority: 1, set: { backoff: ["1s"] } }));
    deepEqual(await backoff(`topic=${topic}&channel=c`), { value: ["1s"], policy: "wide" });
    for (const name of ["wide", "exact", "a", "b"]) {
      await nsqd.post(`/policy/delete?name=${name}`);
    }
    deepEqual(await backoff(`topic=${topic}&channel=c`), { value: [], policy: null });
    equal(await backoff(`topic=${topic}`), undefined);
    equal(await answer(nsqd, "GET", "/policy/effective"), refusal(400, "MISSING_ARG_TOPIC"));
    equal(
      await answer(nsqd, "GET", "/policy/effective?topic=t&channel=%20"),
      refusal(400, "INVALID_ARG_CHANNEL"),
    );
  });

  test.betterThanReference("a dry run says what matches and changes nothing", async (nsqd) => {
    const topic = topicName();
    await nsqd.create(topic, "b", "a", "other");
    const policy = draft("dry", topic, { channel: "?" });
    const response = await nsqd.http("/policy/put?dry_run=true", {
      method: "POST",
      body: JSON.stringify(policy),
    });
    deepEqual(await response.json(), {
      policy,
      dry_run: true,
      topics: [topic],
      channels: [{ topic, channel: "a" }, { topic, channel: "b" }],
      would_drop: 0,
      would_dead_letter: 0,
      at_next_start: [],
    });
    deepEqual(await names(nsqd), []);
  });

  test.betterThanReference("what is wrong is refused by the field's name", async (nsqd) => {
    const refused = async (policy: unknown, words: RegExp) => {
      const body = typeof policy === "string" ? policy : JSON.stringify(policy);
      for (const path of ["/policy/put", "/policy/put?dry_run=true"]) {
        const answered = await answer(nsqd, "POST", path, body);
        match(answered, /^400 /);
        match(JSON.parse(answered.slice(4)).message, words);
      }
    };
    const setting = (set: Record<string, unknown>) => draft("p", "t", { set });
    await refused("{", /^the body is no JSON: /);
    await refused([], /^a policy is an object/);
    await refused({ ...draft("p", "t"), colour: 1 }, /^colour: unknown field/);
    await refused(draft("a b", "t"), /^name: /);
    await refused({ set: { backoff: ["1s"] }, name: "p" }, /^topic: expected a pattern/);
    await refused(draft("p", "t", { channel: "a b" }), /^channel: /);
    await refused(draft("p", "t", { priority: 1.5 }), /^priority: expected a whole number/);
    await refused({ name: "p", topic: "t" }, /^set: /);
    await refused(setting({}), /^set: names no field/);
    await refused(setting({ max_attempt: 5 }), /^max_attempt: unknown field, known are durable/);
    await refused(setting({ backoff: "1s" }), /^backoff: expected a list/);
    await refused(setting({ backoff: [] }), /^backoff: expected a list/);
    await refused(setting({ backoff: ["1s", "soon"] }), /^backoff: invalid duration "soon"/);
    await refused(setting({ backoff: ["-1s"] }), /^backoff: -1s is out of range/);
    await refused(
      setting({ backoff: ["1s", "61m"] }),
      /^backoff: 61m is longer than --max-req-timeout/,
    );
    await refused(
      setting({ rate: 1e300 }),
      /^rate: expected a whole number from 1 to 9007199254740991/,
    );
    await refused(setting({ max_depth: 0 }), /^max_depth: expected a whole number from 1 to 9007/);
    await refused(setting({ overflow: "reject" }), /^overflow: does nothing where no policy sets/);
    await refused(setting({ expired: "drop" }), /^expired: does nothing .* max_age/);
    await refused(setting({ idle_expiry_backlog: true }), /^idle_expiry_backlog: does nothing/);
    for (const pattern of ["#", "#*", "a#", "*#x", "a#ephemerals", "", "a".repeat(65)]) {
      await refused(draft("p", pattern), /^topic: expected a pattern that valid names match/);
      await refused(draft("p", "t", { channel: pattern }), /^channel: expected a pattern/);
    }
    deepEqual(await names(nsqd), []);
    for (const pattern of ["*", "?", "*#ephemeral", "a#*", "?#eph*"]) {
      await putPolicy(nsqd, draft("p", pattern));
    }
    await putPolicy(nsqd, draft("p", "t", { set: { max_depth: 5 } }));
    await putPolicy(nsqd, draft("q", "t.*", { set: { overflow: "drop_oldest" } }));
    for (const name of ["p", "q"]) await nsqd.post(`/policy/delete?name=${name}`);
  });
});

Deno.test("a pattern of durable topics that matches no name refuses the start", async () => {
  const settings = { dataPath: "/nowhere", flags: ["--durable=a b"] };
  const { code, stderr } = await runRefusedNsqd(settings);
  equal(code, 2);
  match(stderr, /durable.*no topic can have a name that "a b" matches/);
});

Deno.test("a backoff in a file is shortened to the longest that there may be, with a warning", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const policies = [draft("long", "t", { set: { backoff: ["1s", "10m"] } })];
  await Deno.writeTextFile(`${dataPath}/policies.json`, JSON.stringify({ policies }));
  await using nsqd = await startNsqd({ dataPath, flags: ["--max-req-timeout=1m"] });
  const listed = await getJson<Listed>(nsqd, "/policy/list");
  deepEqual(listed.policies[0]!.set, { backoff: ["1s", "1m0s"] });
  match(nsqd.log(), /policy long: backoff: shortened to --max-req-timeout/);
});

Deno.test("policies survive a restart, and those of --policy-file cannot be changed", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const fixed = draft("fixed", "t");
  const file = `${dataPath}/fixed.json`;
  await Deno.writeTextFile(file, JSON.stringify({ policies: [fixed] }));
  const flags = [`--policy-file=${file}`];
  {
    await using nsqd = await startNsqd({ dataPath, flags });
    await putPolicy(nsqd, draft("mine", "t", { priority: 7 }));
    await nsqd.kill();
  }
  await using nsqd = await startNsqd({ dataPath, flags });
  deepEqual(await getJson(nsqd, "/policy/list"), {
    policies: [
      { ...draft("mine", "t", { priority: 7 }), fixed: false },
      { ...fixed, fixed: true },
    ],
  });
  const words = /^400 .*name: fixed stands in a --policy-file/;
  match(await answer(nsqd, "POST", "/policy/put", JSON.stringify(fixed)), words);
  match(await answer(nsqd, "POST", "/policy/delete?name=fixed"), words);
});

Deno.test("a broken file of policies refuses the start and names line and field", async () => {
  using directory = new TemporaryDirectory();
  const dataPath = directory.path;
  const refused = async (text: string, words: RegExp) => {
    await Deno.writeTextFile(`${dataPath}/policies.json`, text);
    const { code, stderr } = await runRefusedNsqd({ dataPath });
    equal(code, 1);
    match(stderr, words);
  };
  const policies = (...lines: string[]) => `{ "policies": [\n${lines.join(",\n")}\n] }`;
  const good = JSON.stringify(draft("good", "t"));
  const bad = '{ "name": "bad", "topic": "t",\n  "set": {\n    "backoff": ["1"] } }';
  await refused(
    policies(good, bad),
    /policies\.json - line 5: policy "bad": backoff: missing unit/,
  );
  await refused(policies(good, "{"), /policies\.json - line 4: /);
  await refused(
    policies(good, good),
    /policies\.json - line 3: policy "good": name: there is another/,
  );
  await refused("[]", /policies\.json - line 1: expected \{ "policies": /);
});
