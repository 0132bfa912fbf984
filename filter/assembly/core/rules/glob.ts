// Matches a path with a glob: * stands for any characters but /, ** for any.
//
// It goes back to the last star only. That is enough: where what follows a star matches, it does so at the first place
// too, and a ** before it can take whatever lies between. A ** is not tried at each byte of a segment once a star or
// slash behind it was reached: what failed from there fails from further right in the same segment, too.
const slash: u8 = 0x2f;
const star: u8 = 0x2a;

export function glob(pattern: usize, patternSize: usize, text: usize, textSize: usize): bool {
  const patternEnd = pattern + patternSize;
  const end = text + textSize;
  // Where to continue in pattern and text after a mismatch: after the last *, after the last **.
  let afterStar: usize = 0;
  let starText: usize = 0;
  let afterDeep: usize = 0;
  let deepText: usize = 0;
  let isPast = false;
  while (true) {
    if (pattern < patternEnd && load<u8>(pattern) == star) {
      pattern++;
      if (pattern < patternEnd && load<u8>(pattern) == star) {
        afterDeep = ++pattern;
        deepText = text;
        afterStar = 0;
        isPast = false;
      } else {
        afterStar = pattern;
        starText = text;
        isPast = true;
      }
      continue;
    }
    if (text < end && pattern < patternEnd && load<u8>(text) == load<u8>(pattern)) {
      if (load<u8>(text) == slash) isPast = true;
      text++;
      pattern++;
      continue;
    }
    if (text == end && pattern == patternEnd) return true;
    if (afterStar != 0 && starText < end && load<u8>(starText) != slash) {
      text = ++starText;
      pattern = afterStar;
      continue;
    }
    if (afterDeep == 0 || deepText >= end) return false;
    const isInSegment = load<u8>(deepText++) != slash;
    if (isPast && isInSegment) while (deepText < end && load<u8>(deepText) != slash) deepText++;
    text = deepText;
    pattern = afterDeep;
    afterStar = 0;
    isPast = false;
  }
}
