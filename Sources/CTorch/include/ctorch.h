// LibTorch behind a plain C interface.
//
// The functions of `functions.inc` stand in a library of their own, which the set-up builds against LibTorch
// (`Sources/CTorch/library`) and which the first call loads: compiling this package takes no LibTorch. Where the
// library cannot be loaded, every function that can fail does, with a message that says what to type, and all others
// return what a machine without any device would.
//
// A function that can fail on what it is given returns a `char *`: NULL on success, otherwise a message that the caller
// owns and frees with `ct_free`. No C++ exception ever crosses this boundary.
#ifndef SPARRING_CTORCH_H
#define SPARRING_CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "version.h"

#ifdef __cplusplus
extern "C" {
#endif

// MARK: Types

/// One owned reference to a `c10::TensorImpl`.
typedef struct ct_tensor_s *ct_tensor;
/// A resolved operator of the dispatcher; lives as long as the process.
typedef const struct ct_operator_s *ct_operator;
/// A random generator with its own state.
typedef struct ct_generator_s *ct_generator;
/// A stream of its own for the calling thread's work on one device, until it is left.
typedef struct ct_stream_scope_s *ct_stream_scope;
/// Work recorded once and repeated without the host.
typedef struct ct_graph_s *ct_graph;

enum { CT_CPU, CT_CUDA, CT_MPS };

/// Where a tensor lives.
typedef struct {
  int32_t kind;
  int32_t index;
} ct_device;

typedef enum {
  CT_DEFAULT,  // the schema's default value
  CT_NONE,
  CT_TENSOR,            // value.tensor (borrowed as an argument, owned as a result)
  CT_INT,               // value.integer
  CT_DOUBLE,            // value.real
  CT_BOOL,              // value.integer != 0
  CT_STRING,            // value.text, `count` bytes
  CT_INTS,              // value.integers, `count`
  CT_DOUBLES,           // value.reals, `count`
  CT_BOOLS,             // value.integers, `count`
  CT_TENSORS,           // value.tensors, `count`
  CT_OPTIONAL_TENSORS,  // value.tensors, `count`; NULL entries are absent
  CT_DEVICE,            // value.device
  CT_GENERATOR,         // value.generator
} ct_kind;

typedef struct {
  ct_kind kind;
  int64_t count;
  union {
    ct_tensor tensor;
    int64_t integer;
    double real;
    const char *text;
    const int64_t *integers;
    const double *reals;
    const ct_tensor *tensors;
    ct_device device;
    ct_generator generator;
  } value;
} ct_value;

/// What was asked for: our own kernels, LibTorch's, or whatever is known to be faster.
typedef enum { CT_WISH_AUTOMATIC, CT_WISH_OWN, CT_WISH_LIBTORCH } ct_wish;

/// Which kernels compute bfloat16 convolutions and normalisations, and why.
enum {
  CT_KERNELS_OWN,           // ours: the processor has AVX512-BF16
  CT_KERNELS_NOT_HERE,      // LibTorch's: the processor has no AVX512-BF16
  CT_KERNELS_BESIDE_AMX,    // LibTorch's: the processor has AMX, too, where they may be faster
  CT_KERNELS_SWITCHED_OFF,  // LibTorch's: asked for
};

// MARK: The table

/// The functions as the library offers them.
struct ct_functions {
  // clang-format off
#define CT_CALL(name, parameters, arguments) char *(*name) parameters;
#define CT_READ(result, otherwise, name, parameters, arguments) result (*name) parameters;
#define CT_ACT(name, parameters, arguments) void (*name) parameters;
// clang-format on
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT
};

/// To be raised when a type changes that the functions use.
#define CT_TYPES "1"

/// What both sides must agree on, word by word.
#define CT_CALL(name, parameters, arguments) "char *" #name #parameters ";"
#define CT_READ(result, otherwise, name, parameters, arguments) #result " " #name #parameters ";"
#define CT_ACT(name, parameters, arguments) "void " #name #parameters ";"
static const char ct_interface[] = CT_TYPES ";"
#include "functions.inc"
    ;
#undef CT_CALL
#undef CT_READ
#undef CT_ACT

/// The one name that the library exports is `ct_functions_table`: its functions, or NULL if `interface` differs.
typedef const struct ct_functions *(*ct_functions_table_type)(const char *interface);

#ifndef CT_LIBRARY

/// The path of the library that is in use; NULL where there is none. Loads it if need be.
const char *ct_library_path(void);
/// Why no library is in use and what to do, in one line; NULL where one is.
const char *ct_library_problem(void);

/// Where the functions are. Never NULL: before the first call, all of it leads to the loading.
extern const struct ct_functions *ct_table;

static inline const struct ct_functions *ct_present(void) { return __atomic_load_n(&ct_table, __ATOMIC_ACQUIRE); }

// `ct_call(…)`, `ct_tensor_rank(…)` and so on.
#define CT_CALL(name, parameters, arguments) \
  static inline char *ct_##name parameters { return ct_present()->name arguments; }
#define CT_READ(result, otherwise, name, parameters, arguments) \
  static inline result ct_##name parameters { return ct_present()->name arguments; }
#define CT_ACT(name, parameters, arguments) \
  static inline void ct_##name parameters { ct_present()->name arguments; }
#include "functions.inc"
#undef CT_CALL
#undef CT_READ
#undef CT_ACT

#endif

static inline void ct_free(char *message) { free(message); }

#ifdef __cplusplus
}
#endif
#endif
