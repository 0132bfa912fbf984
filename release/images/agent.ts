// Fills the image of a node's agent: what the controller's contains, and the programs of this machine that the agent runs.
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { controllerSources, fillController } from "./controller.ts";
import type { RootFolder } from "./root-folder.ts";

/** Of coreutils, iproute2, nftables and util-linux, and a shell. */
const programs = ["ip", "nft", "nsenter", "readlink", "sh", "ss", "tc"] as const;

/** Not PATH: the set-up may have put wrappers of unpacked programs there, which start in this checkout only. */
const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

function fileOf(program: string): string | undefined {
  return folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
}

/** Programs of the image that this machine has not installed: without them, the image can't be made here. */
export const missingPrograms = (): readonly string[] => programs.filter((program) => fileOf(program) === undefined);

/** @throws when it is not installed */
function pathOf(program: string): string {
  const found = fileOf(program);
  if (found === undefined)
    throw new Error(`${program}, which the agent runs, is not installed: apt install iproute2 nftables util-linux`);
  return realpathSync(found);
}

/** Files that determine the content. */
export const agentSources = (): readonly string[] => [...controllerSources(), ...programs.map(pathOf)];

export async function fillAgent(root: RootFolder): Promise<void> {
  await fillController(root);
  for (const program of programs) root.binary(pathOf(program), `/usr/bin/${program}`);
}
