// Reports why the generators can't run on this machine; undefined if they can.
import { existsSync } from "node:fs";
import { binaryOf, generators } from "../kubernetes/build/parts.ts";

export function missingGenerators(): string | undefined {
  const isThere = Object.values(generators).every((part) => existsSync(binaryOf(part)));
  return isThere ? undefined : "Istio's generators are not built: npm run oracle builds them with Go 1.26 or later";
}
