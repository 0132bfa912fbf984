// Fills the root folder of an image with files of this machine, and with the libraries that each binary is linked with.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

export class RootFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
    for (const folder of ["etc", "tmp"]) mkdirSync(join(path, folder), { recursive: true });
    chmodSync(join(path, "tmp"), 0o1777);
  }

  /** Paths in the image are absolute. */
  #place(target: string): string {
    const file = join(this.path, target);
    mkdirSync(dirname(file), { recursive: true });
    return file;
  }

  text(target: string, content: string | Buffer): void {
    writeFileSync(this.#place(target), content);
  }

  /** Copies a file; symlinks are followed. */
  file(source: string, target: string = source): void {
    copyFileSync(source, this.#place(target));
  }

  /** Copies a folder with everything in it. */
  folder(source: string, target: string): void {
    cpSync(source, this.#place(target), { recursive: true });
  }

  link(to: string, path: string): void {
    symlinkSync(to, this.#place(path));
  }

  /** Copies a binary and the libraries that ldd lists, to the places where the linker looks for them. */
  binary(source: string, target: string = source): void {
    this.file(source, target);
    chmodSync(join(this.path, target), 0o755);
    for (const library of librariesOf(source)) if (!existsSync(join(this.path, library))) this.file(library);
  }
}

/** Absolute paths; none for a static binary, for which ldd fails. */
function librariesOf(binary: string): readonly string[] {
  try {
    const text = execFileSync("ldd", [binary], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...text.matchAll(/(?:^|=>)\s*(\/\S+)/gm)].map(([, path]) => path!);
  } catch {
    return [];
  }
}
