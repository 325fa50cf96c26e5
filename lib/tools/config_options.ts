/** `--consumer-opt` and `--producer-opt`: options of the library in go-nsq's `name,value`. */

import { textList } from "../cli/kind.ts";
import type { inGroup } from "../cli/option_table.ts";
import { UsageError } from "../cli/usage_error.ts";
import { ValueError } from "../value_error.ts";
import {
  applyConfigOption,
  checkConnectionOptions,
  type ConfigurableOptions,
} from "../client/mod.ts";

/** Values of both flags. */
export interface ConfigOptions {
  readonly consumerOpts?: readonly string[];
  readonly producerOpts?: readonly string[];
}

/** The row of `--consumer-opt`. */
export function consumerOptOption(group: ReturnType<typeof inGroup>) {
  return configOption(group, "consumer-opt", "the consumer");
}

/** The row of `--producer-opt`. */
export function producerOptOption(group: ReturnType<typeof inGroup>) {
  return configOption(group, "producer-opt", "the producers");
}

/** Checks what the values of each flag must hold together. @throws UsageError */
export function checkConfigOptions({ consumerOpts = [], producerOpts = [] }: ConfigOptions): void {
  checkTogether("consumer", consumerOpts);
  checkTogether("producer", producerOpts);
}

function configOption(group: ReturnType<typeof inGroup>, flag: string, whose: string) {
  return group(
    flag,
    textList({ valueName: "name,value", check: (option) => applyConfigOption({}, option) }),
    [],
    `option for ${whose}, named as in go-nsq's Config (may be given multiple times)`,
  );
}

function checkTogether(role: "consumer" | "producer", texts: readonly string[]): void {
  try {
    const options: ConfigurableOptions = {};
    for (const text of texts) applyConfigOption(options, text);
    checkConnectionOptions(options, role);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UsageError(`--${role}-opt: ${error.message}`, { cause: error });
  }
}
