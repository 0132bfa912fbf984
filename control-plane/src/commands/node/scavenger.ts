// Loads and removes the scavenger on this machine, with the reason where the kernel refuses.
import { existsSync } from "node:fs";
import { scavengerReasons, type WithoutScavenger } from "../../core/scavenger.ts";
import { inNamespace, type Run } from "../../node/namespace.ts";
import { loadScavenger, removeScavenger } from "../../node/scavenger.ts";
import { scavengerObject } from "../../node/scavenger-object.ts";
import { UserError } from "../user-error.ts";

/** @throws UserError */
export async function load(file: string = scavengerObject): Promise<{ readonly loaded: string }> {
  return accepted(await loadScavenger(here(file), file));
}

/** @throws UserError */
export async function unload(file: string = scavengerObject): Promise<{ readonly removed: readonly string[] }> {
  return accepted(await removeScavenger(here(file), file));
}

function here(file: string): Run {
  if (!existsSync(file)) throw new UserError([`--file ${file}: is not there; the npm package contains it`]);
  return inNamespace(undefined)!;
}

function accepted<T extends object>(result: T | WithoutScavenger): T {
  if ("problem" in result)
    throw new UserError([`${result.reason}: ${scavengerReasons[result.reason]} ${result.problem}`]);
  return result;
}
