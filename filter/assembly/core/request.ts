// Handles a request by the role of the VM's configuration. Without a configuration the request passes unchanged.
import { readHeaders } from "../abi/headers";
import { Configuration, configuration, Role } from "./configuration";
import { count } from "./counters";
import { isUntouchedDefault } from "./default-level";
import { classifyAtGateway } from "./gateway";
import { extract } from "./inbound";
import { levelAt } from "./levels";
import { inject } from "./outbound";

function levelOfRequest(configured: Configuration): i32 {
  if (isUntouchedDefault(configured)) return configured.defaultLevel;
  readHeaders();
  switch (configured.role) {
    case Role.Inbound:
      return extract(configured);
    case Role.Outbound:
      return inject(configured);
    default:
      return classifyAtGateway(configured);
  }
}

export function onRequest(): void {
  const configured = configuration;
  if (configured == null) return;
  count(levelAt(configured, levelOfRequest(configured)).requests);
}
