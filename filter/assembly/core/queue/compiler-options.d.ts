// What the compiler defines by its options (filter/build.mjs); it does not read this file, but tsc does.
declare const WITH_QUEUE: i32;
