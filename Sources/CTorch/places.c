// Where the library is looked for, in this order:
//   1. what SPARRING_TORCH_LIBRARY names;
//   2. beside the program;
//   3. in the clone of Sparring that the program lies in (`.build/release/sparring`), or that it was compiled from;
//   4. where `sparring setup` puts it for packages that depend on this one, under the user's data.
#if defined(__linux__)
#define _GNU_SOURCE
#endif
#include "places.h"

#include <limits.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

#include "version.h"

#if defined(__APPLE__)
#define LIBRARY "libsparring_torch.dylib"
#define USER_DATA "Library/Application Support"
#else
#define LIBRARY "libsparring_torch.so"
#define USER_DATA ".local/share"
#endif

char *ct_text(const char *format, ...) {
  va_list arguments, again;
  va_start(arguments, format);
  va_copy(again, arguments);
  const int length = vsnprintf(NULL, 0, format, arguments);
  char *text = length < 0 ? NULL : malloc((size_t)length + 1);
  if (text) vsnprintf(text, (size_t)length + 1, format, again);
  va_end(again);
  va_end(arguments);
  return text;
}

/// Shortens a path to the folder that holds it; false where there is none left.
static bool leave(char *path) {
  char *slash = path ? strrchr(path, '/') : NULL;
  if (!slash || slash == path) return false;
  *slash = 0;
  return true;
}

/// The library in a folder, if it is there.
static char *library_in(const char *folder, const char *inner) {
  char *path = folder ? ct_text("%s/%s%s", folder, inner, LIBRARY) : NULL;
  if (path && access(path, F_OK) == 0) return path;
  free(path);
  return NULL;
}

/// The program's own path, without links, to be freed.
static char *program(void) {
#if defined(__APPLE__)
  char name[PATH_MAX];
  uint32_t size = sizeof name;
  return _NSGetExecutablePath(name, &size) == 0 ? realpath(name, NULL) : NULL;
#else
  return realpath("/proc/self/exe", NULL);
#endif
}

/// The clone or checkout that this file was compiled in, to be freed.
static char *package(void) {
  char *path = ct_text("%s", __FILE__);
  // …/Sources/CTorch/places.c
  for (int i = 0; i < 3; i++) {
    if (leave(path)) continue;
    free(path);
    return NULL;
  }
  return path;
}

static char *beside_program(void) {
  char *path = program();
  char *found = leave(path) ? library_in(path, "") : NULL;
  free(path);
  return found;
}

/// The first folder above the program that a set-up has left a library in.
static char *above_program(void) {
  char *path = program(), *found = NULL;
  while (!found && leave(path)) found = library_in(path, ".libtorch/");
  free(path);
  return found;
}

static char *in_package(void) {
  char *path = package(), *found = library_in(path, ".libtorch/");
  free(path);
  return found;
}

static char *in_user_data(void) {
  const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
  if (!data || *data != '/') data = NULL;
  if (!data && (!home || !*home)) {
    const struct passwd *user = getpwuid(getuid());
    home = user ? user->pw_dir : NULL;
  }
  if (!data && !home) return NULL;
  char *folder = data ? ct_text("%s/sparring/%s", data, SPARRING_VERSION)
                      : ct_text("%s/%s/sparring/%s", home, USER_DATA, SPARRING_VERSION);
  char *found = library_in(folder, "");
  free(folder);
  return found;
}

char *ct_find_library(void) {
  const char *chosen = getenv("SPARRING_TORCH_LIBRARY");
  if (chosen && *chosen) return ct_text("%s", chosen);
  char *found = beside_program();
  if (!found) found = above_program();
  if (!found) found = in_package();
  if (!found) found = in_user_data();
  return found;
}

char *ct_remedy(void) {
  char *root = package(), *script = root ? ct_text("%s/sparring", root) : NULL;
  // A program that was moved elsewhere cannot know where a checkout is.
  const bool isHere = script && access(script, X_OK) == 0;
  const char *quote = isHere && strpbrk(script, " '()&;$") ? "\"" : "";
  char *text = ct_text(
      "type %s%s%s setup, or set SPARRING_TORCH_LIBRARY to the %s that it builds", quote,
      isHere ? script : "./sparring", quote, LIBRARY);
  if (!isHere && text) {
    char *longer = ct_text("in a checkout of Sparring %s %s", SPARRING_VERSION, text);
    if (longer) {
      free(text);
      text = longer;
    }
  }
  free(script);
  free(root);
  return text;
}
