# `./sparring setup`: LibTorch, and the library through which Swift calls it, for programs that use the package.
#
# In a clone they stay in the clone. In a checkout that SwiftPM made for another package, or with --user, they go to the
# user's data, where every program that depends on this version of Sparring finds them.

set_up_library() {
  shift
  case ${1-} in
    "") case $root in */checkouts/*) use_user_place ;; esac ;;
    --user) use_user_place ;;
    --help | -h)
      printf '%s\n' "Usage: ./sparring setup [--user]" "" \
        "Fetches LibTorch $torch_version and builds the library through which Swift calls it: in this folder, or, in a" \
        "checkout that SwiftPM made for another package and with --user, in the user's data (XDG_DATA_HOME)." \
        "TORCH_DIR names a LibTorch that is here already."
      return
      ;;
    *) fail "setup knows --user alone, not '$1'" ;;
  esac
  set_up
  # It may have been linked by another set-up that was stopped before this.
  if is_shim_current; then
    say "The library is up to date."
  else
    step "Building the library" build_shim
  fi
  printf 'LibTorch %s: %s\nThe library through which Swift calls it: %s\n' \
    "$torch_version" "$(cd "$torch_link" && pwd -P)" "$shim"
}
