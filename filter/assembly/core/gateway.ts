// CLASSIFY: a request from outside enters with whatever header it brought, and leaves with the level that it gets.
import { believedLevel, inHeader, removeOther } from "./edge";
import { headersAreComplete } from "../abi/headers";
import { chooseCluster } from "./level-cluster";
import { addLevel, keepLevel } from "./levels";
import { noLevel, Root } from "./root";
import { classify } from "./rules/rules";
import { writeMember } from "./tracestate";

/** @returns the request's level */
export function classifyAtGateway(root: Root): i32 {
  let level = believedLevel(root);
  // Else rules don't see it anyway, and the route stays as it was chosen.
  if (!headersAreComplete()) removeOther(root);
  if (level == noLevel) level = classify(root);
  if (level == noLevel) level = root.defaultLevel;
  chooseCluster(root, level);
  if (inHeader) keepLevel(root, level);
  else {
    removeOther(root);
    addLevel(root, level);
  }
  writeMember(root, level);
  return level;
}
