# Messages on standard error, and steps that take a while.

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  printf 'sparring: %s\n' "$*" >&2
  exit 1
}

# step "Fetching LibTorch" command…: one line for one long step, with seconds counting in a terminal.
# What the command prints is shown only if it fails; then the script ends.
step() {
  local title=$1 log started=$SECONDS status=0
  shift
  log=$(mktemp "${TMPDIR:-/tmp}/sparring-step.XXXXXX")
  printf '%s …' "$title" >&2
  # In the background as a process group of its own, so that a trap runs at once and stops all of it.
  set -m
  "$@" >"$log" 2>&1 </dev/null &
  step_process=$!
  set +m
  step_log=$log
  trap 'stop_step; exit 130' INT
  trap 'stop_step; exit 143' TERM HUP
  if [ -t 2 ]; then
    while kill -0 "$step_process" 2>/dev/null; do
      printf '\r%s … %d s %s' "$title" $((SECONDS - started)) "$(progress_of "$log")" >&2
      sleep 1
    done
  fi
  wait "$step_process" || status=$?
  trap - INT TERM HUP
  if [ "$status" -ne 0 ]; then
    printf ' failed\n' >&2
    cat "$log" >&2
    rm -f "$log"
    fail "$title failed (status $status); what it printed stands above. Run the command again once that is mended."
  fi
  [ -t 2 ] && printf '\r%s … done in %d s\033[K\n' "$title" $((SECONDS - started)) >&2 ||
    printf ' done in %d s\n' $((SECONDS - started)) >&2
  rm -f "$log"
}

# How far the command is: the last `[12/345]` that a build printed, or the megabytes in the folder
# that `progress_folder` names.
progress_of() {
  if [ -n "${progress_folder-}" ] && [ -d "$progress_folder" ]; then
    printf '(%s MB)' "$(du -sm "$progress_folder" 2>/dev/null | cut -f 1)"
  else
    sed -n 's/^\(\[[0-9]*\/[0-9]*\]\).*/\1/p' "$1" | tail -n 1
  fi
}

stop_step() {
  kill -- "-$step_process" 2>/dev/null || true
  wait "$step_process" 2>/dev/null || true
  rm -f "$step_log"
  printf ' interrupted\n' >&2
}
