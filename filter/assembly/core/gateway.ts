// CLASSIFY: a request from outside enters with whatever header it brought, and leaves with the level that it gets.
import { HeaderMap } from "../abi/headers";
import { believedLevel } from "./edge";
import { stampLevel } from "./levels";
import { noLevel, Root } from "./root";
import { classify } from "./rules";

/** @returns the request's level */
export function classifyAtGateway(root: Root): i32 {
  let level = believedLevel(root);
  if (level != noLevel) return level;
  level = classify(root);
  if (level == noLevel) level = root.defaultLevel;
  stampLevel(root, HeaderMap.Request, level);
  return level;
}
