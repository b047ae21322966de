#!/bin/sh
# Prints the path of the git of Debian unstable, for the tests of hooks that git's configuration names (git ≥ 2.54).
#
#     tests/git_unstable.sh [DIRECTORY]
#
# The first time it downloads the packages with debootstrap (as root) and unpacks them in DIRECTORY, by default
# .cache/git-unstable. Nothing is mounted, configured or run as another system: that git runs under its own
# dynamic loader among this system's files, and hooks that it starts find it first on PATH. To be rid of it, remove
# DIRECTORY.
set -eu

project=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "${1:-$project/.cache/git-unstable}"
directory=$(cd "${1:-$project/.cache/git-unstable}" && pwd)
git=$directory/libexec/git
if [ -x "$git" ] && "$git" version >/dev/null 2>&1; then
    echo "$git"
    exit
fi

if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null; then
    echo "git_unstable.sh: needs root and debootstrap" >&2
    exit 1
fi
rm -rf --one-file-system "$directory/packages" "$directory/root" "$directory/libexec"
debootstrap --download-only --variant=minbase --include=git unstable "$directory/packages" >"$directory/log" 2>&1 </dev/null || {
    tail -n 5 "$directory/log" >&2
    echo "git_unstable.sh: debootstrap failed, see $directory/log" >&2
    exit 1
}
mkdir "$directory/root" "$directory/libexec"
for package in "$directory"/packages/var/cache/apt/archives/*.deb; do
    case ${package##*/} in
        git_* | lib* | zlib1g_*) dpkg-deb --extract "$package" "$directory/root" ;;
    esac
done
rm -rf --one-file-system "$directory/packages"

# git's own directory of programs, in which every binary is this wrapper under its name.
loader=$(find "$directory/root/usr/lib" "$directory/root/lib" -name 'ld-linux-*.so.*' 2>/dev/null | head -n 1)
cat >"$directory/wrapper" <<END
#!/bin/sh
GIT_EXEC_PATH='$directory/libexec'
GIT_TEMPLATE_DIR=\${GIT_TEMPLATE_DIR-'$directory/root/usr/share/git-core/templates'}
export GIT_EXEC_PATH GIT_TEMPLATE_DIR
program='$directory/root/usr/lib/git-core/'\${0##*/}
exec '$loader' --library-path '${loader%/*}' --argv0 "\$0" "\$program" "\$@"
END
chmod +x "$directory/wrapper"
for program in "$directory"/root/usr/lib/git-core/*; do
    name=${program##*/}
    if [ -f "$program" ] && [ "$(head -c 4 "$program" | tail -c 3)" = ELF ]; then
        ln -s ../wrapper "$directory/libexec/$name"
    else
        ln -s "../root/usr/lib/git-core/$name" "$directory/libexec/$name"
    fi
done 2>/dev/null
"$git" version >&2
echo "$git"
