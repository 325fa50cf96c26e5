import { deepStrictEqual as deepEqual, match, throws } from "node:assert/strict";
import { readConfigFile } from "./config_file.ts";
import { text, textList } from "./kind.ts";
import { inGroup } from "./option_table.ts";
import { checkUnknownKeys } from "./unknown_keys.ts";
import { UsageError } from "./usage_error.ts";

const add = inGroup("Any");
const TABLE = {
  auth: add("auth-http-address", textList(), [], "", "auth_http_addresses"),
  cert: add("tls-cert", text(), "", ""),
  users: add("admin-user", textList(), [], "", "admin_users"),
  queue: add("mem-queue-size", text(), "", ""),
};

function check(toml: string): string[] {
  return checkUnknownKeys(TABLE, { path: "f", values: readConfigFile("f", () => toml) });
}

Deno.test("checkUnknownKeys knows both names of an option", () => {
  deepEqual(check('auth_http_addresses = []\ntls_cert = "x"\nadmin_user = []'), []);
  deepEqual(check("auth_http_address = []\nadmin_users = []"), []);
});

Deno.test("checkUnknownKeys warns of others, and suggests what may be meant", () => {
  deepEqual(check("x = 1\nmem_queue_sise = 1\nwhen = 2020-01-01\n[[a]]\n[b]\nmem_queue_size = 1"), [
    'f: unknown key "x" is ignored',
    'f: unknown key "mem_queue_sise" is ignored, did you mean mem_queue_size?',
    'f: unknown key "when" is ignored',
    'f: section ["a"] is ignored, options stand above all sections',
    'f: section ["b"] is ignored, options stand above all sections',
  ]);
});

Deno.test("checkUnknownKeys refuses what is meant to protect, in one line", () => {
  const refused: [toml: string, message: RegExp][] = [
    [
      "auth_http_adress = 1",
      /^f: unknown key "auth_http_adress", did you mean auth_http_address\? Not started/,
    ],
    ["atuh_http_address = 1", /did you mean auth_http_address\?/],
    ["auth-http-address = 1", /did you mean auth_http_address\?/],
    ["auth_server = 1", /^f: unknown key "auth_server", remove it;/],
    ["TLS_Cert = 1", /did you mean tls_cert\?/],
    ["tls_client_auth = 1", /unknown key "tls_client_auth"/],
    ["http_client_tls_insecure = 1", /unknown key "http_client_tls_insecure"/],
    ["admin_usr = []", /did you mean admin_user\?/],
    ["[tls]\ncert = 1", /^f: section \["tls"\] is not looked at, .* sections, such as tls_cert;/],
    ["[auth]\nserver = 1", /^f: section \["auth"\] .* stand above all sections; not started/],
    ["admin = []", /did you mean admin_users\?/],
    ["[nsqd]\ntls_cert = 1", /^f: "tls_cert" stands in section \["nsqd"\]/],
    ["[[a]]\n[[a.b]]\nauth_x = 1", /^f: "auth_x" stands in section \["a"\]/],
    ['a = [{ "tls\\ncert" = 1 }]', /^f: "tls\\ncert" stands in/],
  ];
  for (const [toml, message] of refused) {
    throws(() => check(toml), (error) => {
      match((error as Error).message, message);
      return error instanceof UsageError && !error.message.includes("\n");
    }, toml);
  }
});
