// Builds a Go program of a bench, which needs only Go's own packages, so no network.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findProgram } from "../kubernetes/build/requirements.ts";

/** Why none can be built here, and what to do; undefined if it can. */
export function withoutGo(): string | undefined {
  return findProgram("go") === undefined
    ? "Go is needed to build a program of the bench: https://go.dev/doc/install"
    : undefined;
}

/** @returns the program's path, which is the name of its folder in `.cache/bench` */
export function buildGoProgram(folder: string, name: string): string {
  const program = join(import.meta.dirname, "../../.cache/bench", name);
  execFileSync(findProgram("go")!, ["build", "-trimpath", "-buildvcs=false", "-o", program, "."], {
    cwd: folder,
    env: { ...process.env, CGO_ENABLED: "0" },
    stdio: "inherit",
  });
  return program;
}
