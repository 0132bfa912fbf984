// Fills the image of a node's agent: what the controller's contains, and the programs of this machine that the agent runs.
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { controllerSources, fillController } from "./controller.ts";
import type { RootFolder } from "./root-folder.ts";

/** Of coreutils, iproute2, nftables and util-linux, and a shell. */
const programs = ["ip", "nft", "nsenter", "readlink", "sh", "ss", "tc"] as const;

/** @throws when it is not installed */
function pathOf(program: string): string {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  const found = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${program}, which the agent runs, is not installed`);
  return realpathSync(found);
}

/** Files that determine the content. */
export const agentSources = (): readonly string[] => [...controllerSources(), ...programs.map(pathOf)];

export async function fillAgent(root: RootFolder): Promise<void> {
  await fillController(root);
  for (const program of programs) root.binary(pathOf(program), `/usr/bin/${program}`);
}
