// `npm run test:kernel`: boots the distribution's own kernel in an emulator and tests the agent's queues there, because the kernel of a
// machine for tests may lack fq_codel, ets or lp. Both are unpacked into .cache, and nothing is installed.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { path } from "./private.mjs";
import { fail, SetupError, step } from "./step.mjs";
import { unpackPackages } from "./tools/apt.mjs";
import { findProgram } from "./tools/tools.mjs";

const packages = ["qemu-system-x86", "linux-image-amd64", "busybox-static", "kmod"];

/** Where the packages' files are, once they are unpacked. */
const kernelFolder = (root) => join(root, ".cache/debian-kernel/root");

/** @throws SetupError that says what is missing */
async function bring(root) {
  const folder = join(kernelFolder(root), "..");
  if (existsSync(folder)) return;
  if (process.arch !== "x64")
    throw new SetupError(`The emulator's packages are for x86-64, and this is ${process.arch}.`);
  if (["apt-get", "dpkg-deb"].some((program) => findProgram(program, path) === undefined))
    throw new SetupError("There is no apt here from whose packages Expedite could unpack a kernel and an emulator.");
  mkdirSync(join(folder, ".."), { recursive: true });
  const draft = mkdtempSync(`${folder}-`);
  try {
    await step("a Debian kernel and qemu", (say) => unpackPackages(packages, join(draft, "new"), say));
    renameSync(join(draft, "new"), folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

async function main() {
  const root = resolve(fileURLToPath(import.meta.url), "../..");
  await bring(root);
  const args = [join(root, "setup/main.mjs"), "test", "debian-kernel"];
  const child = spawn(process.execPath, args, { stdio: "inherit", env: { ...process.env, EXPEDITE_KERNEL: "1" } });
  process.exitCode = await new Promise((done) => child.once("exit", (code) => done(code ?? 1)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main().catch(fail);
