// Makes a certificate authority and certificates like those of a mesh, and Envoy's configuration for them.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** False if openssl is installed, otherwise the reason why there are no certificates. */
export function missingOpenssl(): string | false {
  try {
    execFileSync("openssl", ["version"], { encoding: "utf8" });
    return false;
  } catch {
    return "openssl is not installed";
  }
}

const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

export class Authority {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#openssl(
      "req",
      "-x509",
      ...key,
      "-subj",
      "/CN=test authority",
      "-days",
      "2",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
    );
  }

  #openssl(...args: string[]): void {
    execFileSync("openssl", args, { cwd: this.#folder, stdio: "pipe" });
  }

  file(name: string): string {
    return join(this.#folder, name);
  }

  /** Writes NAME.key and NAME.pem, with one URI; the common name does not matter. */
  certify(name: string, uri: string): void {
    writeFileSync(this.file(`${name}.ext`), `subjectAltName=URI:${uri}\n`);
    this.#openssl("req", ...key, "-subj", "/O=test", "-keyout", `${name}.key`, "-out", `${name}.csr`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2"];
    this.#openssl("x509", "-req", "-in", `${name}.csr`, ...signed, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  }

  /** Envoy's transport socket with the certificate NAME, which trusts only this authority. */
  tls(name: string, context: object, side: "Downstream" | "Upstream"): Record<string, unknown> {
    const certificate = {
      certificate_chain: { filename: this.file(`${name}.pem`) },
      private_key: { filename: this.file(`${name}.key`) },
    };
    return {
      name: "envoy.transport_sockets.tls",
      typed_config: {
        "@type": `type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.${side}TlsContext`,
        common_tls_context: {
          tls_certificates: [certificate],
          validation_context: { trusted_ca: { filename: this.file("ca.pem") } },
        },
        ...context,
      },
    };
  }
}
