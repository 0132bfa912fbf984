// Chooses whose request is let through next: the highest level's, except that each lower level keeps its share, so that none starves.
import { allShares, LevelQueue, QueueSettings } from "./settings";

/**
 * Each time a request is let through, every level that waits is credited with its share; a level that has a whole request's credit takes
 * its turn before higher ones. A level that no longer waits keeps nothing.
 * @returns null if nobody waits
 */
export function nextLevel(settings: QueueSettings): LevelQueue | null {
  let highest: LevelQueue | null = null;
  let due: LevelQueue | null = null;
  for (let i = 0; i < settings.levelCount; i++) {
    const queue = settings.level(i);
    if (queue.waiting == 0) {
      queue.credit = 0;
      continue;
    }
    if (highest == null) {
      highest = queue;
      continue;
    }
    queue.credit += queue.share;
    if (due == null && queue.credit >= allShares) due = queue;
  }
  if (due == null) return highest;
  due.credit -= allShares;
  return due;
}
