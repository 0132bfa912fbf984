// Writes the headers of a ustar archive (POSIX.1-1988 pax, "ustar Interchange Format").

const block = 512;

export interface TarEntry {
  /** Relative, without a leading slash; at most 255 bytes, with at most 100 in the last part. */
  readonly path: string;
  readonly type: "file" | "folder" | "symlink";
  /** Permission bits, including the sticky bit. */
  readonly mode: number;
  /** Bytes of the content that follows; 0 unless it is a file. */
  readonly size: number;
  /** The target of a symlink; at most 100 bytes. */
  readonly target?: string;
}

const typeFlags = { file: "0", symlink: "2", folder: "5" };

/** Zeros after the content of a file. */
export const padding = (size: number): Buffer => Buffer.alloc((block - (size % block)) % block);

/** Two blocks of zeros. */
export const endOfArchive: Buffer = Buffer.alloc(2 * block);

const octal = (value: number, width: number): string => `${value.toString(8).padStart(width - 1, "0")}\0`;

/** Splits a long path at a slash into two fields. @throws when there is no slash where it would fit */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at > 0; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155) return { name, prefix };
  }
  throw new Error(`"${path}" is too long for a ustar archive: at most 100 bytes after a slash, 155 before it`);
}

/** Owner root and time 0, so that the same entry gives the same bytes. @throws when a path or a target is too long */
export function header({ path, type, mode, size, target = "" }: TarEntry): Buffer {
  if (Buffer.byteLength(target) > 100) throw new Error(`"${path}" links to more than 100 bytes: "${target}"`);
  const { name, prefix } = split(type === "folder" ? `${path}/` : path);
  const bytes = Buffer.alloc(block);
  bytes.write(name, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write(" ".repeat(8), 148);
  bytes.write(typeFlags[type], 156);
  bytes.write(target, 157);
  bytes.write("ustar\x0000", 257);
  bytes.write(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}
