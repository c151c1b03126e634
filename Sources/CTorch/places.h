// Where the library may lie.
#ifndef SPARRING_PLACES_H
#define SPARRING_PLACES_H

#include <stdbool.h>

/// The library's path, to be freed; NULL where there is none. A path that `SPARRING_TORCH_LIBRARY` names is returned
/// whether it is there or not.
char *ct_find_library(void);
/// What to type so that there is one, in one line, to be freed.
char *ct_remedy(void);
/// `printf` into memory of its own, to be freed; NULL where there is no memory.
char *ct_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
