# C libraries and tools from the system's package manager: probe, and install only what is missing.

is_debian() {
  command -v apt-get >/dev/null 2>&1 && command -v dpkg-query >/dev/null 2>&1
}

is_mac() {
  [ "$(uname)" = Darwin ]
}

# Whether packages can be installed without asking anybody.
can_install() {
  if is_mac; then
    command -v brew >/dev/null 2>&1
  else
    is_debian && { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }
  fi
}

ensure_system_packages() {
  local packages
  packages=$(missing_packages)
  [ -z "$packages" ] || install_packages $packages
}

# The names of the packages to install, by the package manager's own names, one after the other.
missing_packages() {
  if is_mac; then
    has_header png.h || printf 'libpng '
    has_header turbojpeg.h || printf 'jpeg-turbo '
    has_header gdk-pixbuf-2.0/gdk-pixbuf/gdk-pixbuf.h || printf 'gdk-pixbuf webp-pixbuf-loader '
    has_header libexif/exif-data.h || printf 'libexif '
    has_header archive.h || printf 'libarchive '
    command -v python3 >/dev/null 2>&1 || is_libtorch_linked || printf 'python3 '
  else
    has_header png.h || printf 'libpng-dev '
    has_header turbojpeg.h || printf 'libturbojpeg0-dev '
    has_header gdk-pixbuf-2.0/gdk-pixbuf/gdk-pixbuf.h || printf 'libgdk-pixbuf-2.0-dev '
    has_webp_loader || printf 'webp-pixbuf-loader '
    has_header libexif/exif-data.h || printf 'libexif-dev '
    has_header archive.h || printf 'libarchive-dev '
    has_header zlib.h || printf 'zlib1g-dev '
    has_header openssl/evp.h || printf 'libssl-dev '
    has_header vl/hog.h || printf 'libvlfeat-dev '
    has_header linear.h || printf 'liblinear-dev '
    missing_build_tools
    missing_libraries_of_swift
    needs_python_packages && printf 'python3 python3-venv '
  fi
  return 0
}

# gdk-pixbuf reads WebP by a loader that comes in a package of its own.
has_webp_loader() {
  local file
  for file in /usr/lib*/gdk-pixbuf-2.0/*/loaders/*webp* /usr/lib*/*/gdk-pixbuf-2.0/*/loaders/*webp*; do
    [ ! -e "$file" ] || return 0
  done
  return 1
}

has_header() {
  local folder
  for folder in /usr/include /usr/local/include $(header_folders_of_homebrew "$1"); do
    [ ! -e "$folder/$1" ] || return 0
  done
  return 1
}

header_folders_of_homebrew() {
  is_mac && command -v brew >/dev/null 2>&1 || return 0
  local prefix
  prefix=$(brew --prefix)
  # Homebrew keeps libarchive out of the common folder: macOS has an older one of its own.
  printf '%s/include\n%s/opt/libarchive/include\n' "$prefix" "$prefix"
}

# A Swift toolchain unpacked from an archive brings its compiler, but neither the C and C++ headers
# nor git and the linker's tools.
missing_build_tools() {
  command -v git >/dev/null 2>&1 || printf 'git '
  command -v ld >/dev/null 2>&1 || printf 'binutils '
  [ -e /usr/include/stdlib.h ] || printf 'libc6-dev '
  compiles_cpp || printf '%s ' "$(cpp_headers_package)"
}

compiles_cpp() {
  local clang header
  clang=$(command -v clang++) || clang=$(dirname "$(command -v swift)")/clang++
  if ! "$clang" --version >/dev/null 2>&1; then
    for header in /usr/include/c++/*/vector; do [ -e "$header" ] && return; done
    return 1
  fi
  printf '#include <vector>\n#include <stdlib.h>\n' |
    "$clang" -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1
}

# Clang takes the headers that belong to the newest GCC folder it sees, whether they are there or not.
cpp_headers_package() {
  local newest
  newest=$(find /usr/lib/gcc -mindepth 2 -maxdepth 2 -name '[0-9]*' 2>/dev/null | sed 's|.*/||' | sort -n | tail -n 1)
  if [ -n "$newest" ]; then printf 'libstdc++-%s-dev' "$newest"; else printf 'g++'; fi
}

# Python is needed only to fetch LibTorch.
needs_python_packages() {
  ! is_libtorch_at_hand && ! find_python >/dev/null
}

# The shared libraries that the Swift toolchain itself loads (an unpacked archive brings none of them).
missing_libraries_of_swift() {
  command -v swift >/dev/null 2>&1 && command -v ldd >/dev/null 2>&1 || return 0
  local programs
  programs=$(dirname "$(readlink -f "$(command -v swift)")")
  ldd "$programs/swift-build" "$programs/clang" 2>/dev/null |
    sed -n 's/^[[:space:]]*\(.*\) => not found.*/\1/p' | sort -u | packages_of_libraries
}

packages_of_libraries() {
  local library
  while read -r library; do
    case $library in
      libcurl.so*) printf 'libcurl4-openssl-dev ' ;;
      libxml2.so*) printf 'libxml2-dev ' ;;
      libsqlite3.so*) printf 'libsqlite3-0 ' ;;
      libedit.so*) printf 'libedit2 ' ;;
      libncurses.so* | libtinfo.so* | libform.so* | libpanel.so*) printf 'libncurses-dev ' ;;
      libz.so*) printf 'zlib1g-dev ' ;;
      libstdc++.so*) printf 'g++ ' ;;
      libuuid.so*) printf 'uuid-dev ' ;;
    esac
  done
}

install_packages() {
  local install
  install=$(install_command "$@")
  [ -n "$install" ] ||
    fail "these libraries are missing: $*. Install them with your system's package manager, then run this again."
  can_install || fail "these packages are missing. Type this, then run the same command again:
  $install"
  if is_mac; then
    step "Installing $*" brew install --quiet "$@"
  else
    local as_root=""
    [ "$(id -u)" -eq 0 ] || as_root="sudo -n"
    step "Installing $*" install_with_apt "$as_root" "$@"
  fi
}

# What a person would type; nothing if we do not know the machine's package manager.
install_command() {
  if is_mac; then
    printf 'brew install %s' "$*"
  elif is_debian; then
    printf 'sudo apt-get update && sudo apt-get install -y %s' "$*"
  fi
}

install_with_apt() {
  local as_root=$1
  shift
  # A list that cannot be renewed may still do; the installation says so if it does not.
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get update || true
  $as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}
