// Writes a compressed archive of files, the same bytes for the same content.
import { createWriteStream, readFileSync, statSync } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { endOfArchive, header, padding } from "../images/tar.ts";

/** Absolute paths of files by their paths in the archive, which are sorted. */
export type Content = Readonly<Record<string, string>>;

async function* blocks(content: Content): AsyncIterable<Buffer> {
  for (const [path, file] of Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const bytes = readFileSync(file);
    const mode = (statSync(file).mode & 0o111) === 0 ? 0o644 : 0o755;
    yield header({ path, type: "file", mode, size: bytes.length });
    yield bytes;
    yield padding(bytes.length);
  }
  yield endOfArchive;
}

/** @throws when a file is missing, or a path is too long */
export async function writeArchive(file: string, content: Content): Promise<void> {
  await pipeline(Readable.from(blocks(content)), createGzip({ level: 6 }), createWriteStream(file));
}
