# Runs a command in its own copy of Wine: Wine's folder under a temporary layer in memory, and the project as C:\parley.
# Must be called in a mount namespace of its own: sh enter.sh WINE PROJECT COMMAND…
set -e
wine=$1 project=$2
shift 2
layer=$(mktemp -d)
mount -t tmpfs tmpfs "$layer"
mkdir "$layer/upper" "$layer/work" "$layer/root"
root=$layer/root
mount -t overlay overlay -o "lowerdir=$wine,upperdir=$layer/upper,workdir=$layer/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mkdir -p "$root/w/prefix/drive_c/parley"
mount --bind "$project" "$root/w/prefix/drive_c/parley"
# Clears our environment, since Windows has its own. Without exec: as the first process of its namespace, Wine hung as soon as
# a child of node.exe listened to its parent.
status=0
env -i PATH=/usr/bin:/bin HOME=/root XDG_RUNTIME_DIR=/tmp PARLEY_TEST_PATIENCE_MS=120000 \
  WINEDEBUG=-all WINEPREFIX=/w/prefix WINESERVER=/usr/lib/wine/wineserver64 \
  "$(PATH=/usr/sbin:/sbin:$PATH command -v chroot)" "$root" /bin/sh -c 'cd /w/prefix/drive_c/parley && exec "$@"' sh "$@" || status=$?
exit $status
