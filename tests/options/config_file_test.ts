/** What a configuration file says is done, or the daemon says that it is not. */
import { equal, match, ok } from "../harness/assert.ts";
import { startAdmin } from "../harness/admin.ts";
import { Client } from "../harness/client.ts";
import { eventually } from "../harness/eventually.ts";
import { TemporaryDirectory } from "../harness/files.ts";
import { startLookupd } from "../harness/lookupd.ts";
import { startNsqd } from "../harness/nsqd.ts";
import { betterThanReference } from "../harness/target.ts";
import { runTool } from "../harness/tool.ts";
import { AuthServer } from "../auth/auth_server.ts";

/** A configuration file, and what it is called on a command line. */
function configFile(toml: string): { flag: string; path: string } & Disposable {
  const dir = new TemporaryDirectory();
  dir.write("nsq.toml", toml);
  const path = `${dir.path}/nsq.toml`;
  return { flag: `--config=${path}`, path, [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

betterThanReference("nsqd takes the flags' names as keys, beside the reference's", async () => {
  await using server = new AuthServer();
  const reference = ["id = 5", "auth_http_addresses", "nsqlookupd_tcp_addresses"] as const;
  const flags = ["node_id = 5", "auth_http_address", "lookupd_tcp_address"] as const;
  for (const [id, auth, lookupds] of [reference, flags]) {
    await using lookupd = await startLookupd();
    const toml =
      `${id}\n${auth} = ["${server.address}"]\n${lookupds} = "127.0.0.1:${lookupd.tcpPort}"`;
    using file = configFile(toml);
    await using nsqd = await startNsqd({ flags: [file.flag] });
    equal(await (await nsqd.http("/config/id")).text(), "5");
    equal(await (await nsqd.http("/config/auth_http_addresses")).text(), `["${server.address}"]`);
    using client = await Client.connect(nsqd.tcpPort);
    await client.send("SUB t c\n");
    await client.expectFatalError("E_AUTH_FIRST AUTH required before SUB");
    await eventually(async () => equal((await lookupd.nodes()).length, 1));
    equal(nsqd.log().includes("WARNING"), false, nsqd.log());
  }
});

betterThanReference("lookupd and admin take the flags' names as keys", async () => {
  using lookupdFile = configFile('inactive_producer_timeout = "1m"\nlog_level = "debug"');
  await using lookupd = await startLookupd({ flags: [lookupdFile.flag] });
  for (const key of ["lookupd_http_address", "nsqlookupd_http_addresses"]) {
    using file = configFile(`${key} = "127.0.0.1:${lookupd.httpPort}"\nadmin_user = ["me"]`);
    await using admin = await startAdmin({ flags: [file.flag] });
    const response = await admin.http("/config/nsqlookupd_http_addresses");
    equal(await response.text(), `["127.0.0.1:${lookupd.httpPort}"]`);
    const refused = await admin.http("/api/topics", { method: "POST", body: '{"topic":"t"}' });
    equal(refused.status, 403, await refused.text());
  }
});

betterThanReference(
  "daemons do not start with a mistyped key that is to protect them",
  async () => {
    const cases: [daemon: string, toml: string, says: RegExp][] = [
      [
        "nsqd",
        'auth_http_adress = "127.0.0.1:1"',
        /"auth_http_adress", did you mean auth_http_addr/,
      ],
      ["nsqd", 'atuh_http_address = "127.0.0.1:1"', /did you mean auth_http_address\?/],
      ["nsqd", 'tls-require = "true"', /"tls-require", did you mean tls_required\?/],
      ["nsqd", '[nsqd]\ntls_required = "true"', /"tls_required" stands in section \["nsqd"\]/],
      ["nsqd", "[auth]\nhttp_address = 1", /section \["auth"\] .*such as auth_http_address;/],
      ["nsqlookupd", 'tls_cert = "x.pem"', /unknown key "tls_cert"/],
      ["nsqadmin", 'http_client_tls_crt = "x"', /did you mean http_client_tls_cert\?/],
      ["nsqadmin", 'admin_usr = ["me"]', /did you mean admin_user\?/],
    ];
    for (const [daemon, toml, says] of cases) {
      using file = configFile(toml);
      const { code, stderr } = await runTool(daemon, [file.flag]);
      equal(code, 2, `${toml}: ${stderr}`);
      match(stderr, says);
      equal(stderr.split("\n").length, 2, stderr);
      ok(stderr.includes(file.path), stderr);
    }
  },
);

betterThanReference(
  "a value of a wrong type, and two names of one option, are one line",
  async () => {
    const values = ["{}", "[[]]", "2020-01-01", "nan", "[{}]", "9223372036854775808", '"a\\nb"'];
    const keys: [daemon: string, key: string][] = [
      ["nsqd", "tls_required"],
      ["nsqd", "mem_queue_size"],
      ["nsqlookupd", "tombstone_lifetime"],
      ["nsqadmin", "proxy_graphite"],
    ];
    for (const [daemon, key] of keys) {
      await Promise.all(values.map(async (value) => {
        using file = configFile(`${key} = ${value}`);
        const { code, stderr } = await runTool(daemon, [file.flag]);
        equal(code, 2, stderr);
        match(stderr, /^nsq [a-z]+: [^\n]+\n$/, `${key} = ${value}`);
      }));
    }
    using file = configFile("id = 1\nnode_id = 1");
    match((await runTool("nsqd", [file.flag])).stderr, /id and node_id are one option, keep one/);
  },
);

betterThanReference("a key that is ignored is named in the log's format", async () => {
  using file = configFile("\uFEFFmem_queue_sise = 1\n[nsqd]\nmem_queue_size = 1\n");
  const wanted = [
    `${file.path}: unknown key "mem_queue_sise" is ignored, did you mean mem_queue_size?`,
    `${file.path}: section ["nsqd"] is ignored, options stand above all sections`,
  ];
  await using nsqd = await startNsqd({ flags: [file.flag] });
  for (const [index, line] of wanted.entries()) {
    match(nsqd.logLines[index]!, /^\[nsqd\] [0-9/]+ [0-9:.]+ WARNING: /);
    ok(nsqd.logLines[index]!.endsWith(line), nsqd.logLines[index]);
  }
  const { stderr } = await runTool("nsqd", [
    ...[file.flag, "--log-format=json", "--verbose", "--data-path=/nowhere"],
    ...["--tcp-address=127.0.0.1:0", "--http-address=127.0.0.1:0"],
  ]);
  const lines = stderr.trimEnd().split("\n");
  const messages = lines.map((line) => JSON.parse(line) as Record<string, string>);
  equal(messages[0]!.msg, "--verbose is deprecated and has no effect, use --log-level");
  equal(messages[1]!.msg, wanted[0]);
  equal(messages[1]!.level, "warn");
});

betterThanReference("a mistyped key is named where what it was to give is missing", async () => {
  using file = configFile('nsqlookupd_http_adresses = ["127.0.0.1:1"]');
  const { code, stderr } = await runTool("nsqadmin", [file.flag]);
  equal(code, 2);
  match(
    stderr,
    /"nsqlookupd_http_adresses" is ignored, did you mean nsqlookupd_http_addresses\?\n.* required\n$/,
  );
});
