// manifests/crd is generated from the zod schemas; UPDATE_GOLDEN=1 rewrites it.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { customResourceDefinition } from "./api/crd.ts";
import { kinds } from "./api/kinds.ts";

const folder = join(import.meta.dirname, "../../manifests/crd");

for (const kind of kinds)
  test(`manifests/crd matches the schema of ${kind.kind}`, () => {
    const file = join(folder, `${kind.plural}.yaml`);
    const text = `# Made from control-plane/src/api; do not edit.\n${stringify(customResourceDefinition(kind), { version: "1.1", lineWidth: 120, aliasDuplicateObjects: false })}`;
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(folder, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(readFileSync(file, "utf8"), text);
  });
