// Runs krew and kubectl as a user has them: one home folder, kubectl's plugins in PATH, and krew's index as a git repository, here on this machine.
import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { binaryOf, parts, tools } from "../kubernetes/build/parts.ts";
import { findProgram } from "../kubernetes/build/requirements.ts";

const krew = binaryOf(tools.krew);
const kubectlBinary = binaryOf(parts.kubectl);
const git = findProgram("git");

/** For node:test's `skip`. */
export const withoutKrew: string | false = !(existsSync(krew) && existsSync(kubectlBinary))
  ? "krew and kubectl are not built: npm run test:cluster builds them, with Go"
  : git === undefined && "krew reads its index with git: apt install git";

export type User = {
  /** Where krew keeps everything. */
  readonly krewFolder: string;
  /** Runs kubectl, with krew as its plugin. @returns standard output. @throws with what it said */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
};

/** `home`: an empty folder. `manifest`: the only plugin in the index. */
export async function userWithKrew(home: string, manifest: string): Promise<User> {
  const [programs, index, krewFolder] = ["programs", "index", ".krew"].map((name) => join(home, name)) as [
    string,
    string,
    string,
  ];
  mkdirSync(programs);
  symlinkSync(krew, join(programs, "kubectl-krew"));
  const kubectl = join(programs, "kubectl");
  symlinkSync(kubectlBinary, kubectl);
  const env = {
    HOME: home,
    PATH: [programs, join(krewFolder, "bin"), dirname(git!), "/usr/bin", "/bin"].join(":"),
    KREW_DEFAULT_INDEX_URI: index,
    KREW_NO_UPGRADE_CHECK: "1",
  };
  const run = promisify(execFile);
  mkdirSync(join(index, "plugins"), { recursive: true });
  copyFileSync(manifest, join(index, "plugins/expedite.yaml"));
  const author = ["-c", "user.name=krew", "-c", "user.email=krew@localhost"];
  for (const args of [
    ["init", "--quiet"],
    ["add", "."],
    [...author, "commit", "--quiet", "--message", "index"],
  ])
    await run(git!, args, { cwd: index, env });
  return { krewFolder, kubectl: async (...args) => (await run(kubectl, args, { env })).stdout };
}
