// The cluster's DNS domain, read from the arguments of istiod's pod.
import assert from "node:assert/strict";
import { test } from "node:test";
import { clusterDomainOf } from "./istiod-pods.ts";

const pod = (...args: readonly string[]) => ({
  spec: { containers: [{ name: "proxy" }, { name: "discovery", args }] },
});

test("the argument in both of its forms; without it, no domain", () => {
  assert.equal(clusterDomainOf(pod("discovery", "--domain", "corp.local", "--log_as_json")), "corp.local");
  assert.equal(clusterDomainOf(pod("discovery", "--domain=corp.local")), "corp.local");
  for (const args of [["discovery"], ["discovery", "--domain"], ["--domain="], ["--domains", "a"]])
    assert.equal(clusterDomainOf(pod(...args)), undefined);
  assert.equal(clusterDomainOf({}), undefined);
});
