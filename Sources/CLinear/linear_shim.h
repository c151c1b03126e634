#include <dlfcn.h>
#include <linear.h>
#include <stddef.h>

/// LIBLINEAR's functions. They are looked up when first used: linked, the library would bring its BLAS into the program's
/// global scope, where LibTorch, which is opened later, would find it before its own. Debian's reference BLAS multiplies
/// matrices ten times slower.
struct sparring_linear {
  __typeof__(&train) train;
  __typeof__(&set_print_string_function) set_print_string_function;
  __typeof__(&get_nr_class) get_nr_class;
  __typeof__(&get_decfun_coef) get_decfun_coef;
  __typeof__(&get_decfun_bias) get_decfun_bias;
  __typeof__(&free_and_destroy_model) free_and_destroy_model;
};

/// Finds the functions.
/// \returns NULL, or why they cannot be had, valid until the next call of the dynamic linker's on this thread.
static inline const char *sparring_open_linear(struct sparring_linear *functions) {
  // The name without a version belongs to the header above; where only the library is installed there is none.
  void *library = dlopen("liblinear.so", RTLD_NOW | RTLD_LOCAL);
  if (!library) library = dlopen("liblinear.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) return dlerror();
  const int *version = (const int *)dlsym(library, "liblinear_version");
  if (!version || *version != LIBLINEAR_VERSION) return "it is not the version whose header this was built with";
#define SPARRING_FIND(name)                                                                                            \
  functions->name = (__typeof__(&name))dlsym(library, #name);                                                          \
  if (!functions->name) return dlerror();
  SPARRING_FIND(train)
  SPARRING_FIND(set_print_string_function)
  SPARRING_FIND(get_nr_class)
  SPARRING_FIND(get_decfun_coef)
  SPARRING_FIND(get_decfun_bias)
  SPARRING_FIND(free_and_destroy_model)
#undef SPARRING_FIND
  return NULL;
}
