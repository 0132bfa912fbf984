// Collects the licences of everything that a bundle contains of others, as their terms require of a copy.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Metafile } from "esbuild";
import { repository } from "./bundle.ts";

export type Notice = {
  /** With its version, for example `zod 4.6.7`. */
  readonly name: string;
  /** As an SPDX expression. */
  readonly license: string;
  readonly text: string;
};

/** Licences that allow a copy in a program under Apache-2.0, if it comes with their text. */
const allowed = [
  "0BSD",
  "Apache-2.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "BlueOak-1.0.0",
  "ISC",
  "MIT",
  "Python-2.0",
  "Unlicense",
];

/** In the module that AssemblyScript compiles are parts of its standard library. */
const compiledIn = ["node_modules/assemblyscript"];

/** Folders of the packages whose code is in the scripts, relative to the repository. */
function packageFolders({ outputs }: Metafile): readonly string[] {
  const files = Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const folders = files.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []);
  return [...new Set([...folders, ...compiledIn])].sort();
}

type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly author?: string | { readonly name: string };
};

/** What a package that names its licence, but contains no text of it, means. @throws for other licences */
function standardText({ name, license, author }: Manifest): string {
  if (license === "Apache-2.0") return readFileSync(join(repository, "LICENSE"), "utf8").trim();
  if (license === "Unlicense") return "In the public domain: the Unlicense asks for no copy of its text.";
  const holder = typeof author === "object" ? author.name : author;
  if (license !== "MIT" || holder === undefined) throw new Error(`${name} contains no text of its licence, ${license}`);
  return readFileSync(join(import.meta.dirname, "mit.txt"), "utf8")
    .replace("<holder>", holder)
    .trim();
}

/** @throws when the package has no licence that is allowed, or there is no text of it */
function noticeOf(folder: string): Notice {
  const read = (name: string): string => readFileSync(join(repository, folder, name), "utf8");
  const manifest = JSON.parse(read("package.json")) as Manifest;
  const { name, version, license } = manifest;
  if (license === undefined || !allowed.includes(license))
    throw new Error(`${folder}: the licence ${license} is not in the list of release/notices.ts`);
  const files = readdirSync(join(repository, folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
  const text =
    files.length === 0
      ? standardText(manifest)
      : files
          .sort()
          .map((file) => read(file).trim())
          .join("\n\n");
  return { name: `${name} ${version}`, license, text };
}

/** By name, each version once. @throws when a licence is missing or not allowed */
export function noticesOf(metafile: Metafile): readonly Notice[] {
  const notices = packageFolders(metafile).map((folder) => noticeOf(folder));
  const byName = new Map(notices.map((notice) => [notice.name, notice]));
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function noticesText(notices: readonly Notice[]): string {
  const line = "-".repeat(80);
  const parts = notices.map(({ name, license, text }) => `${line}\n${name} (${license})\n${line}\n\n${text}\n`);
  return `Expedite contains parts of these works, under the licences below.\n\n${parts.join("\n")}`;
}
