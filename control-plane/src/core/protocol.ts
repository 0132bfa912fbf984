// Reads the name of a port's protocol as istiod does (pkg/config/protocol), case-insensitively.

/** `Opaque`: proxies see no requests. `Unknown`: istiod detects the protocol of each connection. */
type Protocol = "HTTP" | "HTTPS" | "Opaque" | "Unknown";

const http = ["http", "http2", "grpc", "grpc-web"];
const opaque = ["tcp", "tls", "mongo", "mysql", "redis", "udp", "hbone"];

export function protocolOf(name: string): Protocol {
  const known = name.toLowerCase();
  if (http.includes(known)) return "HTTP";
  if (known === "https") return "HTTPS";
  return opaque.includes(known) ? "Opaque" : "Unknown";
}
