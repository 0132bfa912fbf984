// Defines the form of a matcher's example, and short ways to write its requests.
import type { Match } from "../match.ts";

export interface ExampleRequest {
  /** Names in lower case; `:method`, `:authority` and `:path` default to GET, shop.example.com and /. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** The SPIFFE id of the peer's certificate without spiffe://; absent for a peer without a certificate. */
  readonly principal?: string;
  /** Claims of a verified token; absent for a request without a token. */
  readonly claims?: Readonly<Record<string, unknown>>;
}

export interface MatcherExample {
  /** A DNS label that is also the rule's name, on which a percentage depends. */
  readonly name: string;
  readonly match: Match;
  readonly holds: readonly ExampleRequest[];
  readonly fails: readonly ExampleRequest[];
}

export const method = (value: string): ExampleRequest => ({ headers: { ":method": value } });
export const host = (value: string): ExampleRequest => ({ headers: { ":authority": value } });
export const path = (value: string): ExampleRequest => ({ headers: { ":path": value } });
export const agent = (value: string): ExampleRequest => ({ headers: { "user-agent": value } });
export const principal = (value: string): ExampleRequest => ({ headers: {}, principal: value });
export const claims = (value: Readonly<Record<string, unknown>>): ExampleRequest => ({ headers: {}, claims: value });
export const requestId = (value: string): ExampleRequest => ({ headers: { "x-request-id": value } });
export const grpc = (value: string, type = "application/grpc"): ExampleRequest => ({
  headers: { ":method": "POST", ":path": value, "content-type": type },
});
export const nothing: ExampleRequest = { headers: {} };
