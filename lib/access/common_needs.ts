import type { Needs } from "./roles.ts";

/** What the calls need that every daemon has: probes nothing. */
export const COMMON_NEEDS: Needs = {
  "GET /ping": "nothing",
  "GET /health/live": "nothing",
  "GET /health/ready": "nothing",
  "GET /metrics": "read",
};

/** Of what looks into the process: command lines and memory may hold anything. */
export const DEBUG_NEEDS: Needs = {
  "GET /debug/pprof/": "admin",
  "GET /debug/pprof/cmdline": "admin",
  "GET /debug/pprof/profile": "admin",
  "GET /debug/pprof/heap": "admin",
  "GET /debug/pprof/block": "admin",
  "GET /debug/pprof/goroutine": "admin",
  "GET /debug/pprof/symbol": "admin",
  "POST /debug/pprof/symbol": "admin",
  "GET /debug/pprof/threadcreate": "admin",
  "GET /debug/memory": "admin",
  "POST /debug/freememory": "admin",
  "PUT /debug/setblockrate": "admin",
};
