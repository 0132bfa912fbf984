// The chart as a release packs it: Helm renders it as it renders the folder, and finds nothing wrong with it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { writeArchive } from "../../release/artefacts/archive.ts";
import { chartContent } from "../../release/artefacts/artefacts.ts";
import { repository } from "../../release/bundle.ts";
import { helm, withoutHelm } from "./helm.ts";

const folder = mkdtempSync(join(tmpdir(), "chart-archive-"));
const archive = join(folder, "expedite-chart.tgz");
before(() => writeArchive(archive, chartContent()));
after(() => rmSync(folder, { recursive: true }));

suite("the chart's archive", { skip: withoutHelm }, () => {
  test("renders the add-on", async () => {
    const text = await helm("template", "expedite", archive, "--namespace", "istio-system", "--no-hooks");
    assert.equal(text, readFileSync(join(repository, "manifests/addon/expedite.yaml"), "utf8"));
  });

  test("passes helm lint", async () => {
    assert.match(await helm("lint", "--strict", archive), /0 chart\(s\) failed/);
  });
});
