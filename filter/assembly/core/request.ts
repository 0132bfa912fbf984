// The two events of a stream enter, and go to the role of its root. A stream without a root passes untouched.
import { HeaderMap } from "../abi/headers";
import { count } from "./counters";
import { classifyAtGateway } from "./gateway";
import { extract } from "./inbound";
import { levelAt, overwriteLevel } from "./levels";
import { inject } from "./outbound";
import { noLevel, Role, Root } from "./root";
import { levelOfStream, rootOfStream, setLevelOfStream } from "./streams";

function levelOfRequest(root: Root): i32 {
  switch (root.role) {
    case Role.Inbound:
      return extract(root);
    case Role.Outbound:
      return inject(root);
    default:
      return classifyAtGateway(root);
  }
}

export function onRequest(stream: u32): void {
  const root = rootOfStream(stream);
  if (root == null) return;
  const level = levelOfRequest(root);
  setLevelOfStream(stream, level);
  count(levelAt(root, level).requests);
}

/** The response tells the peer the level. On outbound the peer's own filter has said it already. */
export function onResponse(stream: u32): void {
  const root = rootOfStream(stream);
  if (root == null || root.role == Role.Outbound) return;
  const level = levelOfStream(stream);
  if (level != noLevel) overwriteLevel(root, HeaderMap.Response, level);
}
