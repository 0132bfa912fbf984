#!/bin/sh
# Runs Node for one test file, in mount, network and pid namespaces of its own within the private ones: files may run at the same time and
# use the same ports and names, and what one leaves behind is gone when it ends. /run and TMPDIR are its own too.
init='
mount -t proc proc /proc && mount -t tmpfs -o mode=755 tmpfs /run && mkdir -p /run/netns /run/tmp &&
ip link set lo up && export TMPDIR=/run/tmp && exec "$@"'
exec setpriv --pdeathsig KILL nice -n "$EXPEDITE_NICE" unshare --mount --net --pid --fork --kill-child sh -c "$init" expedite "$EXPEDITE_TEST_NODE" "$@"
