// Fills the root folder of an image with files of this machine, and with the libraries that each binary is linked with.
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { packagesOf } from "./debian.ts";

export class RootFolder {
  readonly path: string;
  /** Files of this machine that were copied. */
  readonly #sources = new Set<string>();

  constructor(path: string) {
    this.path = path;
    for (const folder of ["etc", "tmp"]) mkdirSync(join(path, folder), { recursive: true });
    chmodSync(join(path, "tmp"), 0o1777);
    this.text("/etc/passwd", "root:x:0:0:root:/:\n");
    this.text("/etc/group", "root:x:0:\n");
    this.text("/etc/nsswitch.conf", "hosts: files dns\n");
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
    this.#sources.add(source);
    copyFileSync(source, this.#place(target));
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

  /**
   * Adds the licences of the Debian packages from which files were copied, and a list of these packages with their versions.
   * @returns the list, with a line for each
   */
  copyrights(): readonly string[] {
    const packages = packagesOf([...this.#sources]);
    for (const { name } of packages) this.file(`/usr/share/doc/${name}/copyright`);
    const lines = packages.map(({ name, version }) => `${name} ${version}`);
    this.text("/usr/share/doc/packages", `${lines.join("\n")}\n`);
    return lines;
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
