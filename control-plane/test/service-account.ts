// Gives programs of this private mount namespace an account as a kubelet would, and the API server of a test the certificate for it.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A kubelet mounts an account there. /run is private to this run. */
const folder = "/var/run/secrets/kubernetes.io/serviceaccount";

export type Certificate = { readonly key: Buffer; readonly cert: Buffer };

/** `address`: of the API server, whose certificate is its own authority. */
export function makeServiceAccount(address: string): Certificate {
  const place = mkdtempSync(join(tmpdir(), "expedite-account-"));
  const [key, cert] = [join(place, "key"), join(place, "cert")];
  const request = ["req", "-x509", "-days", "1", "-subj", "/CN=api", "-addext", `subjectAltName=IP:${address}`];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", cert];
  execFileSync("openssl", [...request, ...made], { stdio: "ignore" });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "ca.crt"), readFileSync(cert));
  writeFileSync(join(folder, "token"), "none");
  const certificate = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(place, { recursive: true });
  return certificate;
}
