// What the bench needs of a machine, and the one program that it builds.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../kubernetes/build/requirements.ts";

/** Why the bench can't run here, and what to do; undefined if it can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0 || !readFileSync("/proc/self/uid_map", "utf8").includes("4294967295"))
    return "Loading BPF needs root, and not only in a user namespace: sudo -E npm run bench:scavenger";
  if (findProgram("bpftool") === undefined) return "bpftool is missing; npm run build:scavenger brings it";
  if (findProgram("go") === undefined)
    return "Go is needed to build the program that delays packets: https://go.dev/doc/install";
  return undefined;
}

/** The program of delay/, which needs only Go's own packages, so no network. @returns its path */
export function buildDelayer(): string {
  const folder = join(import.meta.dirname, "delay");
  const program = join(import.meta.dirname, "../../.cache/scavenger-bench/delay");
  execFileSync(findProgram("go")!, ["build", "-trimpath", "-buildvcs=false", "-o", program, "."], {
    cwd: folder,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: "inherit",
  });
  return program;
}
