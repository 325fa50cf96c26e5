/**
 * Chooses among several hosts: what `--mode` of the tools stands for.
 *
 * The modes and their figures are those of go-hostpool, which the reference's tools use. Where that
 * one counts whole milliseconds, and so cannot tell fast hosts apart, this one counts fractions.
 */

import { AvoidingPool } from "./host_pool/avoiding.ts";
import { EpsilonGreedyPool } from "./host_pool/epsilon_greedy.ts";
import type { HostPool, HostPoolEnvironment } from "./host_pool/host_pool.ts";
import { RoundRobinPool } from "./host_pool/round_robin.ts";

export type { HostChoice, HostPool, HostPoolEnvironment } from "./host_pool/host_pool.ts";

/** A value of `--mode` that a pool stands behind. */
export type HostPoolMode = "round-robin" | "hostpool" | "epsilon-greedy";

/** Makes the pool of a mode. */
export function createHostPool<T>(
  mode: HostPoolMode,
  hosts: readonly T[],
  environment: HostPoolEnvironment,
): HostPool<T> {
  switch (mode) {
    case "round-robin":
      return new RoundRobinPool(hosts);
    case "hostpool":
      return new AvoidingPool(hosts, environment.nowMs);
    case "epsilon-greedy":
      return new EpsilonGreedyPool(hosts, environment);
  }
}
