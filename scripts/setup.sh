# Sourced by the other scripts: finds the tools and libraries that the build needs, and installs those that are missing.
#
#   setup             what building and testing needs
#   setup clang lint  that, and what is named here too: programs, postgresql, and fuzzer, which is clang's libFuzzer
#   setup_quickstart  what the quickstart alone needs
#
# Nothing is asked of apt where nothing is missing.

# Relative paths that a user gives as arguments stay what they were: no script changes the folder.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

has_command() { command -v "$1" >/dev/null 2>&1; }
has_header() { [ -e "/usr/include/$1" ] || [ -e "/usr/local/include/$1" ]; }
# Quicker than running pip.
has_pip() { python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec("pip") is None)' 2>/dev/null; }
# Debian has its programs in a folder of their version.
has_postgresql() { has_command initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_fuzzer() { compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null; }

# Adds the Debian package to `missing` unless the command that follows it succeeds.
need() {
    local package=$1
    shift
    "$@" || missing+=("$package")
}

# Adds to `missing` what the quickstart needs.
need_for_quickstart() {
    need g++ has_command c++
    need cmake has_command cmake
    need ninja-build has_command ninja
    need python3 has_command python3
    need python3-pip has_pip
    need libpng-dev has_header png.h
}

setup_quickstart() {
    local missing=()
    need_for_quickstart
    install_missing
}

setup() {
    local missing=() tool
    need_for_quickstart
    need libgtest-dev has_header gtest/gtest.h
    need libbenchmark-dev has_header benchmark/benchmark.h
    need libdlpack-dev has_header dlpack/dlpack.h
    need libcli11-dev has_header CLI/CLI.hpp
    need nlohmann-json3-dev has_header nlohmann/json.hpp
    need ocl-icd-opencl-dev has_header CL/cl.h
    need abigail-tools has_command abidiff
    need pocl-opencl-icd test -e /etc/OpenCL/vendors/pocl.icd
    for tool in "$@"; do
        case $tool in
            clang) need clang has_command clang++ ;;
            llvm) need llvm has_command llvm-mca ;;
            fuzzer) need libclang-rt-dev has_fuzzer ;;
            postgresql) need postgresql has_postgresql ;;
            *) need "$tool" has_command "$tool" ;;
        esac
    done
    install_missing
}

install_missing() {
    if [ ${#missing[@]} -gt 0 ]; then
        install_packages "${missing[@]}"
    fi
}

install_packages() {
    local line="apt-get install --no-install-recommends $*"
    local as_root=()
    if ! has_command apt-get; then
        echo "axnorm needs these (by the names of Debian's packages): $*" >&2
        exit 1
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            echo "axnorm needs packages that only root can install. Type:" >&2
            echo "    sudo $line" >&2
            exit 1
        fi
        as_root=(sudo -n)
    fi
    echo "Installing $*"
    # Another apt may be at work: wait for it.
    local apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300)
    if ! "${apt[@]}" update || ! "${apt[@]}" install -y --no-install-recommends "$@" >/dev/null; then
        echo "That failed. Type:" >&2
        echo "    apt-get update && $line" >&2
        exit 1
    fi
}

# A virtual environment in the folder, where there is none.
make_venv() {
    python3 -c 'import ensurepip' 2>/dev/null || install_packages python3-venv
    [ -x "$1/bin/pip" ] || python3 -m venv "$1"
}

# Installs the lines of a file of requirements into a virtual environment, once, with these options of pip. Fails where pip does.
install_requirements() {
    local environment=$1 file=$2 done_file
    done_file="$environment/$(basename "$file").installed"
    if cmp -s "$file" "$done_file"; then
        return
    fi
    echo "Installing what ${file#"$root"/} lists into ${environment#"$root"/}" >&2
    "$environment/bin/pip" --disable-pip-version-check --quiet install "${@:3}" --requirement "$file" || return
    cp "$file" "$done_file"
}

# CMake takes presets from the folder it runs in.
in_root() { (cd "$root" && "$@"); }
