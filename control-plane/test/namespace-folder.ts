// Makes a folder of network namespaces for one test: existing namespaces, under names that the test chooses.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export type NamespaceFolder = {
  readonly folder: string;
  /** `of`: a name below /run/netns, or a file that refers to a namespace. */
  readonly add: (name: string, of: string) => void;
  /** Adds a file that is not a namespace. */
  readonly addFile: (name: string) => void;
  readonly drop: (name: string) => void;
  readonly remove: () => void;
};

export function namespaceFolder(): NamespaceFolder {
  const folder = mkdtempSync(join(tmpdir(), "expedite-netns-"));
  return {
    folder,
    add: (name, of) => symlinkSync(of.startsWith("/") ? of : `/run/netns/${of}`, join(folder, name)),
    addFile: (name) => writeFileSync(join(folder, name), ""),
    drop: (name) => rmSync(join(folder, name)),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
