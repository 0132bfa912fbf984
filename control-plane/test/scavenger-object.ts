// Copies the scavenger's BPF object under a name of a test's own, so that tests share the machine's kernel with others.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scavengerReasons } from "../src/core/scavenger.ts";
import { inNamespace } from "../src/node/namespace.ts";
import { loadScavenger } from "../src/node/scavenger.ts";

export type ScavengerCopy = {
  readonly name: string;
  /** The file of a version: five hexadecimal digits. */
  readonly object: (version: string) => string;
  readonly remove: () => void;
};

export function scavengerCopy(): ScavengerCopy {
  const folder = mkdtempSync(join(tmpdir(), "scavenger-"));
  // As long as "scavenger", so that the object stays valid. Not by the process's number: tests of one machine, whose kernel has one list, may
  // each be the first process of a namespace of their own.
  const name = `sc${randomBytes(4).toString("hex").slice(1)}`;
  const object = (version: string): string => {
    const file = join(folder, `${version}.o`);
    const bytes = readFileSync(new URL("../../scavenger/scavenger.bpf.o", import.meta.url), "latin1");
    const renamed = bytes.replaceAll("scavenger", name).replaceAll(/(?<=_)[0-9a-f]{5}(?=\0)/g, version);
    writeFileSync(file, renamed, "latin1");
    return file;
  };
  return { name, object, remove: () => rmSync(folder, { recursive: true }) };
}

/** For node:test's `skip`: false if this machine loads it, and then it is loaded. */
export async function withoutStructOps(object: string): Promise<string | false> {
  const result = await loadScavenger(inNamespace(undefined)!, object);
  if ("loaded" in result) return false;
  const { reason, problem } = result;
  if (reason === "ToolMissing") return `${reason}: npm run build:scavenger brings bpftool`;
  // Only the right to load BPF may be missing; that a kernel refuses the object is a failure.
  assert.equal(reason, "NotPermitted", problem);
  return `${reason}: ${scavengerReasons[reason]}`;
}
