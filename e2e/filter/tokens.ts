// Signs tokens, and makes Envoy's filter that verifies them, as Istio configures it.
import { createSign, generateKeyPairSync } from "node:crypto";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const issuer = "test";

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A JSON Web Token, RS256. */
export function token(claims: Readonly<Record<string, unknown>>): string {
  const text = `${encoded({ alg: "RS256", kid: issuer })}.${encoded({ iss: issuer, ...claims })}`;
  return `${text}.${createSign("RSA-SHA256").update(text).sign(privateKey, "base64url")}`;
}

/** As istio/istio pilot/pkg/security/authn/policy_applier.go, convertToEnvoyJwtConfig does; a request may come without a token. */
export function jwtAuthentication(): Record<string, unknown> {
  const key = { ...publicKey.export({ format: "jwk" }), kid: issuer, alg: "RS256", use: "sig" };
  const provider = {
    issuer,
    local_jwks: { inline_string: JSON.stringify({ keys: [key] }) },
    payload_in_metadata: "payload",
    normalize_payload_in_metadata: { space_delimited_claims: ["permission", "scope"] },
  };
  const either = { requirements: [{ provider_name: issuer }, { allow_missing: {} }] };
  return {
    name: "envoy.filters.http.jwt_authn",
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
      providers: { [issuer]: provider },
      rules: [{ match: { prefix: "/" }, requires: { requires_any: either } }],
    },
  };
}
