// Writes everything that a release consists of into one folder, with checksums: the same sources on the same machine give the same bytes.
import { createHash } from "node:crypto";
import {
  copyFileSync,
  createReadStream,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { repository } from "../bundle.ts";
import { chartFolder } from "../chart/chart.ts";
import { writeExecutable } from "../executable/executable.ts";
import { platform } from "../images/archive.ts";
import { buildImage, shipped } from "../images/shipped.ts";
import { noticesOf, noticesText } from "../notices.ts";
import { manifestOf, packPackage, writePackage } from "../package/package.ts";
import { type Content, writeArchive } from "./archive.ts";
import { pluginProgram, pluginText } from "./krew.ts";
import { type Contained, fromDebian, fromNpm, sbomText } from "./sbom.ts";

export type ReleaseOptions = {
  /** Emptied first. */
  readonly folder: string;
  /** Where the files will be offered: krew fetches the executable from there. */
  readonly url: string;
  /** Whether to make the images, which need Debian. */
  readonly images: boolean;
  readonly say?: (file: string) => void;
};

const { version } = manifestOf();
const suffix = `${version}-${platform.os}-${platform.architecture}`;

export async function sha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

const nodeVersion = (): string =>
  JSON.parse(readFileSync(join(repository, "package.json"), "utf8")).devDependencies.node as string;
const node = (): Contained => ({
  ...{ name: "node", version: nodeVersion(), license: "MIT" },
  purl: `pkg:generic/node@${nodeVersion()}`,
});

/** @throws when a part can't be made */
export async function writeRelease({ folder, url, images, say = () => {} }: ReleaseOptions): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const draft = mkdtempSync(join(tmpdir(), "release-"));
  const place = (name: string): string => {
    say(name);
    return join(folder, name);
  };
  const text = (name: string, content: string): void => writeFileSync(place(name), content);
  try {
    const packageFolder = join(draft, "package");
    mkdirSync(packageFolder);
    const contained = (await writePackage(packageFolder)).map(fromNpm);
    await packPackage(packageFolder, folder);
    say(`expedite-${version}.tgz`);
    text(`expedite-${version}.cdx.json`, sbomText(`expedite-${version}.tgz`, contained));
    await writePlugin({ draft, place, text, url, folder });
    await writeArchive(place(`expedite-chart-${version}.tgz`), chartContent());
    copyFileSync(join(repository, "manifests/addon/expedite.yaml"), place(`expedite-addon-${version}.yaml`));
    text(`expedite-crds-${version}.yaml`, definitions());
    copyFileSync(join(repository, "release/images/Containerfile"), place("Containerfile"));
    if (images) await writeImages({ contained, place, text });
    await writeSums(folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

type Parts = { readonly place: (name: string) => string; readonly text: (name: string, content: string) => void };

async function writePlugin({
  draft,
  place,
  text,
  url,
  folder,
}: Parts & { readonly draft: string; readonly url: string; readonly folder: string }): Promise<void> {
  const program = join(draft, pluginProgram);
  const notices = noticesOf(await writeExecutable(program));
  const licence = globSync("node_modules/{,node/node_modules/}node-linux-*/LICENSE", { cwd: repository });
  const node24 = readFileSync(join(repository, licence[0]!), "utf8");
  writeFileSync(join(draft, "NOTICES"), `${noticesText(notices)}\n${node24}`);
  const name = `${pluginProgram}-${suffix}.tar.gz`;
  const files = { [pluginProgram]: program, LICENSE: join(repository, "LICENSE"), NOTICES: join(draft, "NOTICES") };
  await writeArchive(place(name), files);
  text(`${pluginProgram}-${suffix}.cdx.json`, sbomText(name, [...notices.map(fromNpm), node()]));
  text("krew.yaml", pluginText({ uri: `${url}/${name}`, sha256: await sha256(join(folder, name)) }));
}

/** As `helm package` would pack it: everything below a folder of the chart's name. */
export const chartContent = (): Content =>
  Object.fromEntries(
    globSync("**/*.*", { cwd: chartFolder }).map((path) => [`expedite/${path}`, join(chartFolder, path)] as const),
  );

/** For those who install the kinds before everything else, such as GitOps. */
function definitions(): string {
  const folder = join(repository, "manifests/crd");
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8"))
    .join("---\n");
}

async function writeImages({ contained, place, text }: Parts & { readonly contained: readonly Contained[] }) {
  for (const image of Object.values(shipped)) {
    const title = image.labels["org.opencontainers.image.title"];
    const name = `${title}-image-${suffix}.tar`;
    const packages = await buildImage(image, { file: place(name), gzip: true });
    text(`${title}-image-${suffix}.cdx.json`, sbomText(name, [...contained, node(), ...packages.map(fromDebian)]));
  }
}

/** For `sha256sum --check`. */
async function writeSums(folder: string): Promise<void> {
  const lines: string[] = [];
  for (const name of readdirSync(folder).sort()) lines.push(`${await sha256(join(folder, name))}  ${name}\n`);
  writeFileSync(join(folder, "SHA256SUMS"), lines.join(""));
}
