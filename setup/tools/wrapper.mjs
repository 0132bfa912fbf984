// Writes a script in bin/, next to the folder root/ of unpacked packages, that runs one of their programs with the libraries that came
// along.
import { chmodSync, existsSync, mkdirSync, readdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { SetupError } from "../step.mjs";

const folders = (root, parent) =>
  existsSync(join(root, parent))
    ? readdirSync(join(root, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => `${parent}/${entry.name}`)
    : [];

/** Folders with libraries: lib, usr/lib, and in each the folder for this kind of machine. */
function libraries(root) {
  const all = ["lib", "lib64", "usr/lib", "usr/lib64"].flatMap((parent) => [parent, ...folders(root, parent)]);
  return all.filter(
    (folder) => existsSync(join(root, folder)) && readdirSync(join(root, folder)).some((name) => /\.so\.\d/.test(name)),
  );
}

/** The C library and its loader belong together: the packages' own if they contain one, otherwise those that run this Node. */
function loader(root, from) {
  for (const folder of from) {
    const name = readdirSync(join(root, folder)).find((file) => /^ld-linux.*\.so\.\d$/.test(file));
    if (name !== undefined) return `"$here/root/${folder}/${name}"`;
  }
  return process.report.getReport().sharedObjects.find((file) => /\/ld-linux[^/]*$/.test(file));
}

/** Programs look for plugins and settings in fixed places unless told otherwise: tc and openssl. */
function places(root) {
  const parents = ["lib", "usr/lib"].flatMap((parent) => [parent, ...folders(root, parent)]);
  const candidates = [
    ...parents.map((parent) => ["TC_LIB_DIR", `${parent}/tc`]),
    ["OPENSSL_CONF", "etc/ssl/openssl.cnf"],
  ];
  return candidates
    .filter(([, path]) => existsSync(join(root, path)))
    .map(([name, path]) => `export ${name}="$here/root/${path}"\n`)
    .join("");
}

/** @throws SetupError if the packages contain no such program */
export function wrap(home, program) {
  const root = join(home, "root");
  // A link may lead to another file of the packages (clang), but not to one of this machine's.
  const isFile = (path) =>
    statSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true &&
    realpathSync(join(root, path)).startsWith(realpathSync(root) + sep);
  const file = ["usr/sbin", "sbin", "usr/bin", "bin"].map((folder) => `${folder}/${program}`).find(isFile);
  if (file === undefined) throw new SetupError(`the packages contain no ${program}`);
  const from = libraries(root);
  const libraryPath = from.map((folder) => `$here/root/${folder}`).join(":");
  const script = `#!/bin/sh
# Written by setup/tools: ${program}, unpacked from the distribution's package, with the libraries that came along.
here=\${0%/*}/..
${places(root)}\
exec ${loader(root, from)} ${from.length === 0 ? "" : `--library-path "${libraryPath}" `}"$here/root/${file}" "$@"
`;
  mkdirSync(join(home, "bin"), { recursive: true });
  writeFileSync(join(home, "bin", program), script);
  chmodSync(join(home, "bin", program), 0o755);
}
