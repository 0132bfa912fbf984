// The device of a link, by its name, another name of it, or the default route.
import assert from "node:assert/strict";
import { test } from "node:test";
import { findDevice } from "./device.ts";

const devices = [{ ifname: "lo" }, { ifname: "eth0", altnames: ["enp1s0", "enx00"] }];
const problemOf = (found: object): unknown => ("problem" in found ? found.problem : found);

test("a name and an alternative name lead to the device's first name", () => {
  for (const device of ["eth0", "enp1s0", "enx00"])
    assert.deepEqual(findDevice({ device }, { devices, byDefault: "lo" }), { device: "eth0" });
  assert.equal(
    problemOf(findDevice({ device: "bond0" }, { devices, byDefault: "eth0" })),
    'device: "bond0" does not exist; there are: lo, eth0',
  );
  const odd = [{ ifname: "a;b", altnames: ["eth9"] }];
  assert.equal(
    problemOf(findDevice({ device: "eth9" }, { devices: odd, byDefault: undefined })),
    'device: "a;b" is what "eth9" leads to, and its name is not one that tc and nft read',
  );
});

test("without a name it is the default route's, if tc and nft can read what that is called", () => {
  assert.deepEqual(findDevice({}, { devices: [], byDefault: "eth0" }), { device: "eth0" });
  assert.match(String(problemOf(findDevice({}, { devices, byDefault: undefined }))), /^device: is not set/);
  for (const byDefault of ['eth"0', "-dev", "a;b", "0123456789abcdef"])
    assert.match(String(problemOf(findDevice({}, { devices: [], byDefault }))), /is not one that tc and nft read$/);
});
