// Requests through a real Envoy, with what Istio makes of random meshes without and with Expedite's objects: everything is the same, except
// that a request of a level takes the level's connections to the same destination.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { configOf } from "./checks/proven.ts";
import { Generator } from "./generator.ts";
import { istioVersions } from "./istio-versions.ts";
import { missingGenerators } from "./missing.ts";
import { probesOf } from "./requests/probes.ts";
import { isAtGateway, sample } from "./requests/sample.ts";
import { sendAll } from "./requests/send-all.ts";

const wanted = { hosts: 200, atGateways: 15 };

for (const version of istioVersions)
  test(`Istio ${version}: requests through ${wanted.hosts} virtual hosts go where they go without Expedite`, {
    skip: missingGenerators(),
  }, async (context) => {
    const generator = new Generator(version);
    after(() => generator.end());
    const configurations = await sample(generator, version, wanted);
    const hosts = configurations.flatMap((configuration) => configuration.hosts.map((host) => host.without));
    const users = hosts.filter(({ routes = [] }) => routes.some((route) => configOf(route) !== undefined));
    const atGateways = configurations.filter(isAtGateway).flatMap((configuration) => configuration.hosts);
    const { hostsByLevel, differences, ...sum } = await sendAll(configurations);
    const levels = [...hostsByLevel].map(([level, count]) => `${count} of ${level}`).join(", ");
    context.diagnostic(
      `${hosts.length} virtual hosts with shared routes (${levels}), ${users.length} with users' routes, ${atGateways.length} at gateways`,
    );
    context.diagnostic(
      `${sum.routes} routes, ${sum.weighted} requests by weights; ${sum.requests} requests in all: ${sum.toLevel} to their level's cluster, ${sum.toOriginal} to the original by a shared route`,
    );
    assert.deepEqual(differences.slice(0, 10), [], `${differences.length} differences, the first of them`);
    const unmatched = hosts.flatMap((host) => probesOf(host).unmatched);
    assert.ok(atGateways.length >= wanted.atGateways, `${atGateways.length} virtual hosts at gateways`);
    // The sample is not trivial.
    assert.ok(
      hosts.length >= wanted.hosts && users.length > 60,
      `${hosts.length} virtual hosts, ${users.length} with users' routes`,
    );
    assert.ok(
      sum.toLevel > 1000 && sum.toOriginal > 200,
      `${sum.toLevel} to their level's cluster, ${sum.toOriginal} not`,
    );
    assert.ok(
      unmatched.length * 20 < sum.routes,
      `no request is made for ${JSON.stringify(unmatched.map(({ match }) => match))}`,
    );
  });
