// Finds which of Debian's packages the files of this machine belong to.
import { execFileSync } from "node:child_process";
import { realpathSync } from "node:fs";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
}

const query = (args: readonly string[]): string => {
  try {
    return execFileSync("dpkg-query", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  } catch (error) {
    // It ends with 1 as soon as one of the files belongs to no package, and prints the others. Elsewhere than on Debian it is missing.
    return (error as { readonly stdout?: string }).stdout ?? "";
  }
};

/** dpkg knows a file by the path in its package, which is that below /usr or the one without. */
function pathsOf(file: string): readonly string[] {
  const paths = [file, realpathSync(file)];
  return [...new Set(paths.flatMap((path) => [path, path.replace(/^\/usr/, ""), path.replace(/^(?!\/usr)/, "/usr")]))];
}

/** By name, without those files that no package contains; none on a machine without dpkg. */
export function packagesOf(files: readonly string[]): readonly DebianPackage[] {
  const owners = query(["--search", ...files.flatMap(pathsOf)]).split("\n");
  // Lines are `libc6:amd64: /lib/x86_64-linux-gnu/libc.so.6`, and `diversion by dash from: /bin/sh`.
  const names = owners.flatMap((line) => /^([^:\s]+)(?::\S+)?: \//.exec(line)?.[1] ?? []);
  if (names.length === 0) return [];
  const lines = query(["--show", ...new Set(names)])
    .trim()
    .split("\n")
    .sort();
  return lines.map((line) => {
    const [name = "", version = ""] = line.split("\t");
    return { name: name.replace(/:.*/, ""), version };
  });
}
