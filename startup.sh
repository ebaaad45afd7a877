#!/usr/bin/env bash
# The one way to start PawGle. Run ./startup.sh help.
set -euo pipefail

usage() {
    cat <<'TEXT'
./startup.sh                 production: uses the active Python environment and .env, installs nothing;
                             migrates, then runs the web process and the worker (docs/operations.md)
./startup.sh demo            installs into .venv, seeds animals with real photos, runs everything at
                             http://localhost:8000 (PORT=8001 ./startup.sh demo for another port)
./startup.sh demo --check    the same on a free port; plays lost, found and reunited over HTTP, then stops
./startup.sh test [ARGS]     installs into .venv and runs the tests (ARGS go to pytest)
./startup.sh test --stack    the tests again on MariaDB, Redis and S3, then those with real processes;
                             installs Debian packages that are missing
./startup.sh setup           installs into .venv and stops
./startup.sh help            this text
TEXT
}

fail() {
    printf 'PawGle: %s\n' "$1" >&2
    exit 1
}

root=${BASH_SOURCE[0]%/*}
[[ $root == "${BASH_SOURCE[0]}" ]] && root=.
cd "$root" || fail "cannot enter $root."
root=$PWD
venv=$root/.venv

child=
# In the background, because a trap waits for a foreground job to end; and in a process group of its own (set -m), so
# that what it started itself is stopped with it.
run() {
    set -m
    "$@" &
    child=$!
    set +m
    local code=0
    wait "$child" || code=$?
    child=
    return "$code"
}
interrupted() {
    if [[ -n $child ]]; then
        kill -TERM -- "-$child" 2>/dev/null || true
        wait "$child" 2>/dev/null || true
    fi
    exit "$1"
}
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

find_python() {
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    command -v python3 >/dev/null ||
        fail "Python is missing. Install Python 3.11 or newer (Debian: apt install python3 python3-venv), then run this again."
    fail "Python 3.11 or newer is needed, but python3 is $(python3 -V 2>&1). Install a newer one, then run this again."
}

# Packages are kept between runs; when the home directory cannot be written, they are kept here.
choose_caches() {
    export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never UV_PROJECT_ENVIRONMENT=$venv
    unset UV_SYSTEM_PYTHON UV_PYTHON UV_PROJECT UV_WORKING_DIRECTORY VIRTUAL_ENV PYTHONHOME PYTHONPATH
    # Images for containers often set it. Compiling everything anew takes each process of ours seconds.
    unset PYTHONDONTWRITEBYTECODE
    local cache=${XDG_CACHE_HOME:-${HOME:-/nonexistent}/.cache}
    if ! { [[ -d $cache && -w $cache ]] || { [[ ! -e $cache ]] && mkdir -p "$cache" 2>/dev/null; }; }; then
        export UV_CACHE_DIR=${UV_CACHE_DIR:-$root/var/cache/uv} PIP_CACHE_DIR=${PIP_CACHE_DIR:-$root/var/cache/pip}
    fi
}

# bootstrap NAME [UV OPTIONS]: bring .venv in line with uv.lock. The lock that was installed last is kept beside what
# it installed, under NAME, so that nothing is done when nothing has changed.
bootstrap() {
    local stamp=$venv/installed-$1.lock started=$SECONDS python
    shift
    choose_caches
    if [[ -r $stamp && "$(<"$stamp")" == "$(<uv.lock)" ]] && "$venv/bin/python" -c 'import django' 2>/dev/null; then
        return
    fi
    python=$(find_python) || exit 1
    if ! "$venv/bin/python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        echo "Installing into $venv"
        run "$python" -m venv --clear "$venv" ||
            fail "$python cannot make a virtual environment (what it said is above). On Debian and Ubuntu: apt install python3-venv; then run this again."
    fi
    if ! "$venv/bin/uv" --version >/dev/null 2>&1; then
        # An environment that uv made has no pip.
        "$venv/bin/python" -c 'import pip' 2>/dev/null || run "$venv/bin/python" -m ensurepip >/dev/null ||
            fail "$venv has no pip. Delete that folder, then run this again."
        run "$venv/bin/python" -m pip install --quiet 'uv>=0.8,<1' ||
            fail "uv could not be installed from PyPI (what pip said is above). Check the network or the proxy, delete .venv if an earlier run was cut short, then run this again."
    fi
    run "$venv/bin/uv" sync --frozen --inexact --quiet "$@" ||
        fail "the packages could not be installed (what uv said is above). Check the network and the free disk space, then run this again."
    printf '%s\n' "$(<uv.lock)" >"$stamp"
    printf '  %-20s %5d s\n' "packages" "$((SECONDS - started))"
}

# What the service lane needs beyond PyPI: servers, headers to build mysqlclient, Node for the TypeScript client, a
# browser, and what reads deploy/compose.yml.
install_system_packages() {
    local missing=()
    command -v mariadbd >/dev/null || [[ -x /usr/sbin/mariadbd ]] || missing+=(mariadb-server)
    command -v redis-server >/dev/null || missing+=(redis-server)
    command -v node >/dev/null || missing+=(nodejs)
    command -v npm >/dev/null || missing+=(npm)
    command -v chromium >/dev/null || missing+=(chromium)
    command -v docker-compose >/dev/null || missing+=(docker-compose)
    command -v mariadb_config >/dev/null || missing+=(libmariadb-dev)
    command -v pkg-config >/dev/null || missing+=(pkg-config)
    command -v gcc >/dev/null || missing+=(gcc libc6-dev)
    python3 -c 'import sys, sysconfig, os; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' ||
        missing+=(python3-dev)
    ((${#missing[@]})) || return 0
    command -v apt-get >/dev/null ||
        fail "the service tests need ${missing[*]} (Debian's names). Install them, then run this again."
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "the service tests need ${missing[*]}. Install them as root, then run this again."
        as_root=(sudo)
    fi
    echo "Installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # A package list from an older day names versions that the mirror no longer has: refresh it and try again.
    # Not by `run`: sudo may ask for a password, which a background job cannot read.
    if ! "${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        "${as_root[@]}" apt-get update -qq || fail "apt-get update failed (its reason is above)."
        "${as_root[@]}" apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
            fail "apt-get could not install ${missing[*]} (its reason is above)."
    fi
}

production() {
    local python
    python=$(command -v python || command -v python3) ||
        fail "there is no Python here. Activate the environment that has requirements.txt installed, or run ./startup.sh demo."
    "$python" -c 'import django, dotenv' 2>/dev/null ||
        fail "$python lacks PawGle's packages. Activate the environment that has requirements.txt installed (source .venv/bin/activate), or run ./startup.sh demo to try PawGle."
    exec "$python" -m animal.ops.launch production
}

mode=${1:-production}
(($#)) && shift
case $mode in
    production)
        (($# == 0)) || { usage >&2; exit 2; }
        production
        ;;
    demo)
        case "$*" in
            '') what=demo ;;
            --check) what=check ;;
            *) usage >&2; exit 2 ;;
        esac
        bootstrap default
        exec "$venv/bin/python" -m animal.ops.launch "$what"
        ;;
    test)
        if [[ ${1:-} == --stack ]]; then
            shift
            install_system_packages
            bootstrap stack --extra mysql --group stack
            exec "$venv/bin/python" -m animal.ops.stack "$@"
        fi
        bootstrap default
        # The whole suite runs on all cores; a selection runs in one process, which is quicker to start and to debug.
        # worksteal keeps the tests of a module together, which share what they stand on.
        (($#)) || set -- -q -n auto --maxprocesses 4 --dist worksteal
        exec "$venv/bin/python" -m pytest "$@"
        ;;
    setup)
        bootstrap default
        ;;
    help | -h | --help)
        usage
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac
