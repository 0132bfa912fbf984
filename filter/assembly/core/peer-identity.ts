// The peer's SPIFFE identity, as TLS of Envoy's listener has verified it: spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.
import { constant } from "../abi/ascii";

/** The attribute with the first URI of the peer's certificate. A peer without one, so plaintext too, has no such attribute. */
export const peerUri = constant("connection\0uri_san_peer_certificate");
export const spiffeScheme = constant("spiffe://");
