// Unpacks Debian packages into a folder as any user, with apt, whose lists and cache are in that folder, and dpkg-deb. Where the packages
// come from, and which signatures are valid, is determined by this machine's apt settings.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, run, SetupError } from "../step.mjs";

/** Read after the machine's own settings: turns off hooks, which are meant for the machine's own lists and cache. */
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

/** apt's errors and warnings, without its other output. */
const reasons = (text) =>
  text
    .split("\n")
    .filter((line) => /^[EW]: /.test(line))
    .slice(0, 4)
    .join("\n");

/**
 * @param names packages; missing dependencies are added
 * @param folder is created; afterwards the files are in folder/root
 * @throws SetupError with apt's output
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
  // One failing source is no reason to stop: the others may have everything that is needed.
  await apt("update");
  say("packages");
  const install = ["install", "--download-only", "--reinstall", "--no-install-recommends", "--yes", ...names];
  const done = await apt(...install);
  const archives = join(folder, "cache/archives");
  const packages = readdirSync(archives).filter((name) => name.endsWith(".deb"));
  if (done === undefined || packages.length === 0)
    throw Object.assign(new SetupError(reasons(said) || `apt knows no source of ${names.join(", ")}`), codeOf(said));
  for (const name of packages) await run("dpkg-deb", ["--extract", join(archives, name), join(folder, "root")]);
  say(`unpacked from ${packages.length} packages`);
  for (const name of ["state", "cache", "apt.conf"]) rmSync(join(folder, name), { recursive: true });
}
