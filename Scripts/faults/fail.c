// Makes one file call of a program fail, or ends the program there: a preload for Scripts/faults/soak.py.
//
//   FAULT_BELOW   calls on files below this folder count
//   FAULT_AT      which of them, from 1; 0 or none only counts
//   FAULT_KIND    ENOSPC, EIO, EDQUOT, EACCES: the call fails so; short: a write takes half; kill: the program is killed
//                 before the call; killed: after it
//   FAULT_COUNT   a file that the number of calls is written to when the program ends
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 4096

static atomic_long calls;
static atomic_char watched[MOST_DESCRIPTORS];

static void *next(const char *name) { return dlsym(RTLD_NEXT, name); }

static int is_below(const char *path) {
  const char *folder = getenv("FAULT_BELOW");
  if (!folder || !path) return 0;
  char whole[PATH_MAX];
  if (path[0] != '/' && getcwd(whole, sizeof whole)) {
    size_t length = strlen(whole);
    snprintf(whole + length, sizeof whole - length, "/%s", path);
    path = whole;
  }
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int is_watched(int descriptor) {
  return descriptor >= 0 && descriptor < MOST_DESCRIPTORS && watched[descriptor];
}

static void watch(int descriptor, int on) {
  if (descriptor >= 0 && descriptor < MOST_DESCRIPTORS) watched[descriptor] = (char)on;
}

enum fault { NONE, FAIL, SHORT, KILLED };

// What becomes of this call.
static enum fault fault(void) {
  long number = atomic_fetch_add(&calls, 1) + 1;
  const char *at = getenv("FAULT_AT");
  if (!at || atol(at) != number) return NONE;
  const char *kind = getenv("FAULT_KIND");
  if (!kind) return NONE;
  if (strcmp(kind, "kill") == 0) kill(getpid(), SIGKILL);
  if (strcmp(kind, "killed") == 0) return KILLED;
  if (strcmp(kind, "short") == 0) return SHORT;
  errno = strcmp(kind, "ENOSPC") == 0   ? ENOSPC
          : strcmp(kind, "EDQUOT") == 0 ? EDQUOT
          : strcmp(kind, "EACCES") == 0 ? EACCES
                                        : EIO;
  return FAIL;
}

static void after(enum fault what) {
  if (what == KILLED) kill(getpid(), SIGKILL);
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULT_COUNT");
  if (!path) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld\n", atomic_load(&calls));
  fclose(file);
}

static int opened(const char *path, int descriptor, enum fault what) {
  watch(descriptor, is_below(path));
  after(what);
  return descriptor;
}

// The mode that follows the flags, where they ask for one.
#define TAKE_MODE(MODE, FLAGS)                                            \
  va_list rest;                                                           \
  va_start(rest, FLAGS);                                                  \
  mode_t MODE = FLAGS & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; \
  va_end(rest);

#define OPEN(NAME)                                                       \
  int NAME(const char *path, int flags, ...) {                           \
    TAKE_MODE(mode, flags)                                               \
    enum fault what = is_below(path) ? fault() : NONE;                   \
    if (what == FAIL) return -1;                                         \
    int (*real)(const char *, int, ...) = next(#NAME);                   \
    return opened(path, real(path, flags, mode), what);                  \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(NAME)                                                     \
  int NAME(int folder, const char *path, int flags, ...) {               \
    TAKE_MODE(mode, flags)                                               \
    enum fault what = is_below(path) ? fault() : NONE;                   \
    if (what == FAIL) return -1;                                         \
    int (*real)(int, const char *, int, ...) = next(#NAME);              \
    return opened(path, real(folder, path, flags, mode), what);          \
  }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int descriptor, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = next("write");
  enum fault what = is_watched(descriptor) ? fault() : NONE;
  if (what == FAIL) return -1;
  ssize_t written = real(descriptor, bytes, what == SHORT && count > 1 ? count / 2 : count);
  after(what);
  return written;
}

int close(int descriptor) {
  int (*real)(int) = next("close");
  enum fault what = is_watched(descriptor) ? fault() : NONE;
  watch(descriptor, 0);
  int result = real(descriptor);
  after(what);
  // A descriptor is gone, whatever close says.
  return what == FAIL ? -1 : result;
}

#define ON_DESCRIPTOR(NAME)                                         \
  int NAME(int descriptor) {                                        \
    enum fault what = is_watched(descriptor) ? fault() : NONE;      \
    if (what == FAIL) return -1;                                    \
    int (*real)(int) = next(#NAME);                                 \
    int result = real(descriptor);                                  \
    after(what);                                                    \
    return result;                                                  \
  }
ON_DESCRIPTOR(fsync)
ON_DESCRIPTOR(fdatasync)

int ftruncate(int descriptor, off_t length) {
  enum fault what = is_watched(descriptor) ? fault() : NONE;
  if (what == FAIL) return -1;
  int (*real)(int, off_t) = next("ftruncate");
  int result = real(descriptor, length);
  after(what);
  return result;
}

int rename(const char *from, const char *to) {
  enum fault what = is_below(to) ? fault() : NONE;
  if (what == FAIL) return -1;
  int (*real)(const char *, const char *) = next("rename");
  int result = real(from, to);
  after(what);
  return result;
}

int mkdir(const char *path, mode_t mode) {
  enum fault what = is_below(path) ? fault() : NONE;
  if (what == FAIL) return -1;
  int (*real)(const char *, mode_t) = next("mkdir");
  int result = real(path, mode);
  after(what);
  return result;
}

#define ON_PATH(NAME)                                   \
  int NAME(const char *path) {                          \
    enum fault what = is_below(path) ? fault() : NONE;  \
    if (what == FAIL) return -1;                        \
    int (*real)(const char *) = next(#NAME);            \
    int result = real(path);                            \
    after(what);                                        \
    return result;                                      \
  }
ON_PATH(unlink)
ON_PATH(rmdir)
