// Makes the npm package: the bundled programs as commands, without dependencies.
import { execFile } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { programNames, repository, scriptOf, writeBundle } from "../bundle.ts";
import { type Notice, noticesOf, noticesText } from "../notices.ts";

type Manifest = Readonly<Record<"name" | "version" | "description" | "license", string>>;

/** Of the repository's own package.json, the only place that states a version. */
export function manifestOf(): Manifest {
  const { name, version, description, license } = JSON.parse(
    readFileSync(join(repository, "package.json"), "utf8"),
  ) as Manifest;
  return { name, version, description, license };
}

/** The oldest Node that runs the scripts, which writeBundle compiles for it. */
const engines = { node: ">=22" };

/** Of the congestion control in scavenger/, a program of its own beside the others. */
const scavengerLicense = "GPL-2.0-only";

/** Fills an empty folder with what the package contains. @returns the works of others in it. @throws when the bundle or a licence fails */
export async function writePackage(folder: string): Promise<readonly Notice[]> {
  const metafile = await writeBundle(folder);
  const bin = Object.fromEntries(programNames.map((program) => [program, scriptOf(program)]));
  const own = manifestOf();
  const manifest = { ...own, license: `(${own.license} AND ${scavengerLicense})`, bin, engines };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  const notices = noticesOf(metafile);
  writeFileSync(join(folder, "NOTICES"), noticesText(notices));
  // With its source and its licence, which the GPL demands.
  cpSync(join(repository, "scavenger"), join(folder, "scavenger"), { recursive: true });
  copyFileSync(join(repository, "LICENSE"), join(folder, "LICENSE"));
  copyFileSync(join(import.meta.dirname, "README.md"), join(folder, "README.md"));
  return notices;
}

/**
 * Packs such a folder with npm, whose archives are the same for the same content. Makes the destination if it is missing.
 * @returns the archive
 */
export async function packPackage(folder: string, destination: string): Promise<string> {
  mkdirSync(destination, { recursive: true });
  const args = ["pack", folder, "--pack-destination", destination, "--ignore-scripts", "--silent"];
  const { stdout } = await promisify(execFile)("npm", args, { cwd: destination });
  return join(destination, stdout.trim());
}
