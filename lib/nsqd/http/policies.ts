import type { HttpApi, RequestContext } from "../../http/api.ts";
import { readBody } from "../../http/body.ts";
import { HttpError } from "../../http/http_error.ts";
import { parsePolicy, type Policy, PolicyError, policyJson } from "../../policies/policy.ts";
import type { PolicyStore } from "../../policies/policy_store.ts";
import type { TopicRules } from "../../policies/rules.ts";
import { formatDuration } from "../../go/duration.ts";
import { Glob } from "../../policies/glob.ts";
import type { EffectiveField } from "../../policies/policy_set.ts";
import { isEphemeralName, isValidName } from "../../wire/names.ts";
import { queryOf, topicName } from "./arguments.ts";
import type { NsqdHost } from "./host.ts";
import { flagParameter } from "./numbers.ts";

const MAX_POLICY_BYTES = 64 * 1024;

/** `/policy/…`: list, effective, put and delete. */
export function addPolicyRoutes(api: HttpApi, host: NsqdHost): void {
  const { policies, logger } = host;

  api.route("GET", "/policy/list", () => ({
    policies: policies.current.policies.map((policy) => ({
      ...policyJson(policy),
      fixed: policies.isFixed(policy),
    })),
  }), { parameters: [] });

  api.route("GET", "/policy/effective", (context) => {
    const query = queryOf(context, logger);
    const topic = topicName(query), channel = query.get("channel");
    if (!isValidName(topic)) throw new HttpError(400, "INVALID_ARG_TOPIC");
    if (channel !== undefined && !isValidName(channel)) {
      throw new HttpError(400, "INVALID_ARG_CHANNEL");
    }
    return {
      topic,
      ...(channel !== undefined && { channel }),
      fields: {
        ...policies.current.effective(topic, channel),
        ...byFlags(host, topic, policies.current.topicRules(topic)),
      },
    };
  }, { parameters: ["topic", "channel"] });

  api.route("POST", "/policy/put", async (context) => {
    const isDryRun = flagParameter(queryOf(context, logger), "dry_run");
    const policy = await readPolicy(context);
    const set = refusing(() => policies.with(policy));
    const effect = await host.broker.effectOfRules(set, policy.topic, policy.channel);
    if (!isDryRun) await changed(host, policies, (store) => store.put(policy));
    return { policy: policyJson(policy), dry_run: isDryRun, ...effect };
  }, { parameters: ["dry_run"] });

  api.route("POST", "/policy/delete", async (context) => {
    const name = queryOf(context, logger).get("name");
    if (name === undefined) throw new HttpError(400, "MISSING_ARG_NAME");
    const isKnown = await changed(host, policies, (store) => store.delete(name));
    if (!isKnown) throw new HttpError(404, "POLICY_NOT_FOUND");
    return null;
  }, { parameters: ["name"] });
}

/** Where no policy says whether a topic is durable and what it retains, flags do. */
function byFlags(
  { options: { durable, retainAgeMs, retainBytes } }: NsqdHost,
  topic: string,
  rules: TopicRules,
): Record<string, EffectiveField> {
  const isDurable = !isEphemeralName(topic) &&
    durable.some((each) => new Glob(each).matches(topic));
  const flags: Record<string, [isSet: boolean, value: unknown]> = {
    durable: [rules.durable !== undefined, isDurable],
    retain_age: [rules.retainAgeMs !== undefined, formatDuration(retainAgeMs)],
    retain_bytes: [rules.retainBytes !== undefined, retainBytes],
  };
  const unset = Object.entries(flags).filter(([, [isSet]]) => !isSet);
  return Object.fromEntries(unset.map(([name, [, value]]) => [name, { value, policy: null }]));
}

/** The policy in a request's body. @throws HttpError 400 with the name of the field that is wrong, 413 */
async function readPolicy(context: RequestContext): Promise<Policy> {
  const body = await readBody(context.req.raw, MAX_POLICY_BYTES);
  if (body.length > MAX_POLICY_BYTES) throw new HttpError(413, "BODY_TOO_BIG");
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new HttpError(400, `the body is no JSON: ${(error as Error).message}`, { cause: error });
  }
  return refusing(() => parsePolicy(json));
}

/** @throws HttpError 400 in place of a PolicyError */
function refusing<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new HttpError(400, error.message, { cause: error });
  }
}

/** Resolves when the change is on disk and in force. @throws HttpError 400 when it is refused, 503 DISK_ERROR when it cannot be written */
async function changed<T>(
  host: NsqdHost,
  policies: PolicyStore,
  change: (store: PolicyStore) => Promise<T>,
): Promise<T> {
  try {
    return await change(policies);
  } catch (error) {
    if (error instanceof PolicyError) throw new HttpError(400, error.message, { cause: error });
    host.logger.error(`failed to write policies - ${(error as Error).message}`);
    throw new HttpError(503, "DISK_ERROR", { cause: error });
  }
}
