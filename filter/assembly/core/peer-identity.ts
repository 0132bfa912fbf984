// The peer's SPIFFE identity, as verified by the TLS of Envoy's listener: spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/ACCOUNT.
import { constant } from "../abi/ascii";

/** The attribute with the first URI of the peer's certificate. It is absent for a peer without a certificate, and so for plaintext. */
export const peerUri = constant("connection\0uri_san_peer_certificate");
export const spiffeScheme = constant("spiffe://");
