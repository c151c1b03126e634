// Loads the library with LibTorch when the first function is called, and fills the table through which all are called.
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#include "ctorch.h"
#include "places.h"

static char *library_path;
static char *library_problem;

static void load_once(void);

// MARK: Before the first call: every function has the library loaded, then calls itself through the new table.

#define CT_CALL(name, parameters, arguments) \
  static char *first_##name parameters {     \
    load_once();                             \
    return ct_present()->name arguments;     \
  }
#define CT_READ(result, otherwise, name, parameters, arguments) \
  static result first_##name parameters {                       \
    load_once();                                                \
    return ct_present()->name arguments;                        \
  }
#define CT_ACT(name, parameters, arguments) \
  static void first_##name parameters {     \
    load_once();                            \
    ct_present()->name arguments;           \
  }
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT

static const struct ct_functions first = {
#define CT_CALL(name, parameters, arguments) first_##name,
#define CT_READ(result, otherwise, name, parameters, arguments) first_##name,
#define CT_ACT(name, parameters, arguments) first_##name,
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT
};

const struct ct_functions *ct_table = &first;

// MARK: Without a library

static const ct_device ct_cpu = {CT_CPU, 0};

#define CT_CALL(name, parameters, arguments) \
  static char *absent_##name parameters { return ct_text("%s", library_problem ? library_problem : "no memory"); }
#define CT_READ(result, otherwise, name, parameters, arguments) \
  static result absent_##name parameters { return otherwise; }
#define CT_ACT(name, parameters, arguments) \
  static void absent_##name parameters {}
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT

static const struct ct_functions absent = {
#define CT_CALL(name, parameters, arguments) absent_##name,
#define CT_READ(result, otherwise, name, parameters, arguments) absent_##name,
#define CT_ACT(name, parameters, arguments) absent_##name,
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT
};

// MARK: Loading

/// The functions of the library at `library_path`; NULL, with `library_problem` set, where they cannot be had.
static const struct ct_functions *open_library(void) {
  char *remedy = ct_remedy();
  const struct ct_functions *functions = NULL;
  // LibTorch's own calls are bound as they are made: all at once they take half a second. The library asks for its own
  // to be bound at once when it is linked, so that a LibTorch that lacks one of them is noticed here.
  void *library = library_path ? dlopen(library_path, RTLD_LAZY | RTLD_LOCAL) : NULL;
  if (!library_path) {
    library_problem = ct_text("LibTorch was not found: %s", remedy);
  } else if (!library) {
    const char *reason = dlerror();
    library_problem = ct_text("LibTorch could not be loaded (%s): %s", reason ? reason : library_path, remedy);
  } else {
    const ct_functions_table_type table = (ct_functions_table_type)dlsym(library, "ct_functions_table");
    functions = table ? table(ct_interface) : NULL;
    if (!functions) {
      const char *fault = table ? "was built for another version of Sparring" : "is not Sparring's library";
      library_problem = ct_text("%s %s: %s", library_path, fault, remedy);
    }
  }
  free(remedy);
  return functions;
}

static void load(void) {
  library_path = ct_find_library();
  const struct ct_functions *functions = open_library();
  if (!functions) {
    free(library_path);
    library_path = NULL;
  }
  __atomic_store_n(&ct_table, functions ? functions : &absent, __ATOMIC_RELEASE);
}

static void load_once(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, load);
}

const char *ct_library_path(void) {
  load_once();
  return library_path;
}

const char *ct_library_problem(void) {
  load_once();
  return library_problem;
}
