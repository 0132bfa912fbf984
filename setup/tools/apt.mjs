// Unpacks packages of Debian's kind into a folder, as anybody: apt with lists and a cache of its own there, and dpkg-deb.
// Where the packages come from, and whose signature makes them right, is what apt's settings on this machine say.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, SetupError } from "../step.mjs";

/** Read after the machine's own settings: its hooks are for its own lists and cache, which stay as they are. */
const settings = (folder) => `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
Acquire::IndexTargets::deb::CNF::DefaultEnabled "false";
Debug::NoLocking "true";
Dir::State "${folder}/state";
Dir::Cache "${folder}/cache";
`;

/** apt's reasons, without what is only told. */
const reasons = (text) =>
  text
    .split("\n")
    .filter((line) => /^[EW]: /.test(line))
    .slice(0, 4)
    .join("\n");

/**
 * @param names packages; what they need and this machine has not, comes too
 * @param folder is made; afterwards the files are in folder/root
 * @throws SetupError with what apt said
 */
export async function unpackPackages(names, folder, say) {
  mkdirSync(join(folder, "state"), { recursive: true });
  mkdirSync(join(folder, "cache/archives/partial"), { recursive: true });
  const file = join(folder, "apt.conf");
  writeFileSync(file, settings(folder));
  const options = { env: { ...process.env, LC_ALL: "C" } };
  let said = "";
  const apt = (...args) =>
    run("apt-get", ["-c", file, "-q", ...args], options).catch((error) => {
      said += error.output;
      return undefined;
    });
  say("package lists");
  // One source of several that fails is no reason to stop: the others may have all that is needed.
  await apt("update");
  say("packages");
  const install = ["install", "--download-only", "--reinstall", "--no-install-recommends", "--yes", ...names];
  const done = await apt(...install);
  const archives = join(folder, "cache/archives");
  const packages = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  if (done === undefined || packages.length === 0)
    throw new SetupError(reasons(said) || `apt knows no source of ${names.join(", ")}`);
  for (const name of packages) await run("dpkg-deb", ["--extract", join(archives, name), join(folder, "root")]);
  say(`unpacked from ${packages.length} packages`);
  for (const name of ["state", "cache", "apt.conf"]) rmSync(join(folder, name), { recursive: true });
}
