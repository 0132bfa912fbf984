// Extracts one file from the bytes of a zip file. https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
import { crc32, inflateRawSync } from "node:zlib";
import { SetupError } from "../step.mjs";

const endOfDirectory = Buffer.from("PK\x05\x06");
const [entrySignature, fileSignature] = [0x02014b50, 0x04034b50];
const [stored, deflated] = [0, 8];

/** @throws SetupError if it is not a zip file, lacks the file, or is damaged */
export function readEntry(zip, name) {
  try {
    return read(zip, name);
  } catch (error) {
    throw new SetupError(`The zip file is damaged: ${error.message}.`);
  }
}

function read(zip, name) {
  const end = zip.lastIndexOf(endOfDirectory);
  if (end < 0) throw new Error("it has no directory");
  const entry = find(zip, name, { at: zip.readUInt32LE(end + 16), count: zip.readUInt16LE(end + 10) });
  if (zip.readUInt32LE(entry.start) !== fileSignature) throw new Error(`there is no file where ${name} should begin`);
  // The name and the extra field are repeated here, the latter with another length.
  const from = entry.start + 30 + zip.readUInt16LE(entry.start + 26) + zip.readUInt16LE(entry.start + 28);
  const packed = zip.subarray(from, from + entry.packedSize);
  if (entry.method !== stored && entry.method !== deflated)
    throw new Error(`${name} is packed by method ${entry.method}; only ${stored} and ${deflated} are known`);
  const bytes = entry.method === stored ? packed : inflateRawSync(packed, { maxOutputLength: Math.max(entry.size, 1) });
  if (bytes.length !== entry.size || crc32(bytes) !== entry.crc) throw new Error(`${name} has the wrong checksum`);
  return bytes;
}

function find(zip, name, { at, count }) {
  for (let position = at, seen = 0; seen < count; seen++) {
    if (zip.readUInt32LE(position) !== entrySignature) throw new Error("its directory ends early");
    const nameEnd = position + 46 + zip.readUInt16LE(position + 28);
    if (zip.toString("utf8", position + 46, nameEnd) === name)
      return {
        method: zip.readUInt16LE(position + 10),
        crc: zip.readUInt32LE(position + 16),
        packedSize: zip.readUInt32LE(position + 20),
        size: zip.readUInt32LE(position + 24),
        start: zip.readUInt32LE(position + 42),
      };
    position = nameEnd + zip.readUInt16LE(position + 30) + zip.readUInt16LE(position + 32);
  }
  throw new Error(`it contains no ${name}`);
}
