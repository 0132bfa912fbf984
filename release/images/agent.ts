// Fills the image of a node's agent: what the controller's contains, and the programs of this machine that the agent runs.
import { existsSync, globSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../bundle.ts";
import { controllerSources, fillController } from "./controller.ts";
import type { RootFolder } from "./root-folder.ts";

/** With the package of Debian that each is of. */
export const agentPrograms = {
  ...{ bpftool: "bpftool", ip: "iproute2", nft: "nftables", nsenter: "util-linux" },
  ...{ readlink: "coreutils", sh: "dash", ss: "iproute2", tc: "iproute2" },
} as const;
const programs = Object.keys(agentPrograms);

/** Not PATH: the set-up may have put wrappers of unpacked programs there, which start in this checkout only. */
const folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The set-up unpacks bpftool, which few machines have installed; the libraries that it needs are installed everywhere. */
const unpacked = (path: string): string | undefined =>
  globSync(`.cache/tools/*/bpftool/root/${path}`, { cwd: repository }).map((file) => join(repository, file))[0];

function fileOf(program: string): string | undefined {
  const installed = folders.map((folder) => join(folder, program)).find((file) => existsSync(file));
  return installed ?? (program === "bpftool" ? unpacked("usr/sbin/bpftool") : undefined);
}

/** Programs of the image that this machine has not installed: without them, the image can't be made here. */
export const missingPrograms = (): readonly string[] => programs.filter((program) => fileOf(program) === undefined);

/** @throws when it is not installed */
function pathOf(program: string): string {
  const found = fileOf(program);
  if (found === undefined)
    throw new Error(
      `${program}, which the agent runs, is not installed: apt install bpftool iproute2 nftables util-linux`,
    );
  return realpathSync(found);
}

/** Files that determine the content. */
export const agentSources = (): readonly string[] => [...controllerSources(), ...programs.map(pathOf)];

export async function fillAgent(root: RootFolder): Promise<void> {
  await fillController(root);
  for (const program of programs) root.binary(pathOf(program), `/usr/bin/${program}`);
  const licence = unpacked("usr/share/doc/bpftool/copyright");
  if (licence !== undefined) root.file(licence, "/usr/share/doc/bpftool/copyright");
}
