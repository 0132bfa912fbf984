// Lists a package's files in a package index as pip does, in JSON (PEP 691) or HTML (PEP 503).
import { download } from "./download.mjs";

const json = "application/vnd.pypi.simple.v1+json";
const accept = `${json}, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1`;

const characters = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", "#x27": "'" };
const plain = (text) => text.replace(/&(amp|lt|gt|quot|#39|#x27);/g, (_, name) => characters[name]);

function readHtml(text) {
  const anchors = text.matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')[^>]*>([^<]*)<\/a>/gi);
  return [...anchors].map(([, double, single, filename]) => ({
    filename: plain(filename).trim(),
    url: plain(double ?? single),
  }));
}

/** An address within the index keeps the index's credentials, as with pip; others get none. */
function resolve(url, page, index) {
  const found = new URL(url, page);
  found.hash = "";
  const { host, username, password } = new URL(index);
  if (found.host === host && found.username === "") Object.assign(found, { username, password });
  return found.href;
}

/**
 * @returns the files, each with its name and address
 * @throws DownloadError
 */
export async function listFiles(index, name, options) {
  const page = await download(`${index.replace(/\/+$/, "")}/${name}/`, { ...options, accept });
  const text = page.body.toString("utf8");
  const files = page.type.startsWith(json) ? (JSON.parse(text).files ?? []) : readHtml(text);
  return files.map(({ filename, url }) => ({ filename, url: resolve(url, page.url, index) }));
}

const machines = { x64: "x86_64", arm64: "aarch64" };

/** Picks the wheel of the version that runs here, by the tags in its name (PEP 600: manylinux_GLIBC_MACHINE). */
export function pickWheel(files, { name, version, arch = process.arch, glibc }) {
  const beginning = `${name.replaceAll("-", "_")}-${version}-`;
  const [major, minor] = glibc.split(".").map(Number);
  return files.find(({ filename }) => {
    if (!filename.startsWith(beginning) || !filename.endsWith(".whl")) return false;
    const [, wantedMajor, wantedMinor, machine] = /manylinux_(\d+)_(\d+)_(\w+)\.whl$/.exec(filename) ?? [];
    if (machine !== machines[arch]) return false;
    return major > Number(wantedMajor) || (major === Number(wantedMajor) && minor >= Number(wantedMinor));
  });
}
