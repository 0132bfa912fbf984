// Rules for every source file: it says what it is for, stays short, and imports few others.
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import ts from "typescript-6";

const files = globSync(["{setup,e2e,control-plane,filter,release}/**/*.{ts,mjs}"], {
  exclude: ["**/node_modules/**", "**/dist/**"],
});
const isTest = (file) => /\.test\.(ts|mjs)$/.test(file);
const imports = /^(?:import|export)\b(?:[^;"]*\bfrom)?\s*"(?:\.{1,2}\/|@expedite\/)[^"]+"/gm;

test("every file begins with what it is for", () => {
  assert.ok(files.length > 500, `${files.length} files`);
  for (const file of files)
    assert.match(readFileSync(file, "utf8").replace(/^(#!|\/\/\/).*\n/, ""), /^(\/\/ |\/\*\*)/, file);
});

test("no file has more than 300 lines, and half of the files that are not tests have fewer than 100", () => {
  const lines = new Map(files.map((file) => [file, readFileSync(file, "utf8").split("\n").length - 1]));
  assert.deepEqual(
    [...lines].filter(([, count]) => count > 300),
    [],
  );
  const sorted = [...lines].flatMap(([file, count]) => (isTest(file) ? [] : [count])).sort((a, b) => a - b);
  assert.ok(sorted[Math.floor(sorted.length / 2)] < 100);
});

test("no file imports more than 15 of the project's", () => {
  const counts = files.map((file) => [file, readFileSync(file, "utf8").match(imports)?.length ?? 0]);
  assert.deepEqual(
    counts.filter(([file, count]) => count > 15 && !isTest(file)),
    [],
  );
});

// The filter allocates nothing for a request, so it cannot pass objects with named fields.
test("no exported function has more than three positional parameters", () => {
  for (const file of files.filter((file) => !isTest(file) && !file.startsWith("filter/assembly/"))) {
    const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
    for (const statement of source.statements) {
      if (!statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)) continue;
      for (const [name, callable] of callables(statement))
        assert.ok(callable.parameters.length <= 3, `${file}: ${name} has ${callable.parameters.length} parameters`);
    }
  }
});

/** Functions and arrow functions that the statement declares, and public methods of its class. */
function* callables(statement) {
  if (ts.isFunctionDeclaration(statement)) yield [statement.name?.text ?? "default", statement];
  if (ts.isVariableStatement(statement))
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer)))
        yield [name.text, initializer];
  if (ts.isClassDeclaration(statement))
    for (const member of statement.members)
      if (ts.isMethodDeclaration(member) && !ts.isPrivateIdentifier(member.name))
        yield [`${statement.name?.text}.${member.name.text}`, member];
}
