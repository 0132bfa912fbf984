// Links between documents lead to files and headings that exist, decisions are numbered, and the changelog has a section for the version.
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";

const documents = globSync("{*.md,{docs,filter,manifests,release,scavenger,e2e,.github}/**/*.md}", {
  exclude: ["**/node_modules/**", "**/testdata/**"],
});
const read = (file) => readFileSync(file, "utf8");

/** As GitHub and most renderers name a heading. */
const anchorOf = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{Letter}\p{Number}\s_-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
const anchorsOf = (file) => [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading));

test("every relative link leads somewhere", () => {
  assert.ok(documents.length > 50, `${documents.length} documents`);
  const dead = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
      if (/^[a-z]+:/.test(link)) return [];
      const [path, anchor] = link.split("#");
      const target = path === "" ? file : join(dirname(file), path);
      if (!existsSync(target)) return [`${file}: ${link}`];
      if (anchor === undefined || statSync(target).isDirectory() || !target.endsWith(".md")) return [];
      return anchorsOf(target).includes(anchor) ? [] : [`${file}: ${link}`];
    }),
  );
  assert.deepEqual(dead, []);
});

test("the changelog has a section for the version", () => {
  const { version } = JSON.parse(read("package.json"));
  assert.match(read("CHANGELOG.md"), new RegExp(`^## ${version.replaceAll(".", "\\.")}`, "m"));
});

test("each decision has a number of its own, which its heading repeats", () => {
  const names = globSync("docs/adr/*.md").map((file) => basename(file));
  const numbers = names.map((name) => name.slice(0, 4));
  assert.deepEqual(numbers, [...new Set(numbers)]);
  for (const name of names) assert.match(read(`docs/adr/${name}`), new RegExp(`^# ${name.slice(0, 4)}: `), name);
});
