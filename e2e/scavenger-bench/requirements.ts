// What the bench needs of a machine, and the one program that it builds.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { findProgram } from "../kubernetes/build/requirements.ts";
import { buildGoProgram, withoutGo } from "../process/go-program.ts";

/** Why the bench can't run here, and what to do; undefined if it can. */
export function obstacle(): string | undefined {
  if (process.getuid?.() !== 0 || !readFileSync("/proc/self/uid_map", "utf8").includes("4294967295"))
    return "Loading BPF needs root, and not only in a user namespace: sudo -E npm run bench:scavenger";
  if (findProgram("bpftool") === undefined) return "bpftool is missing; npm run build:scavenger brings it";
  return withoutGo();
}

/** The program that delays packets. @returns its path */
export function buildDelayer(): string {
  return buildGoProgram(join(import.meta.dirname, "delay"), "delay");
}
