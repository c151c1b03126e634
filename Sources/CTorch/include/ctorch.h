// LibTorch behind a plain C interface.
//
// Every function that can fail on what it is given returns a `char *`: NULL on success, otherwise a message that the
// caller owns and frees with `ct_free`. No C++ exception ever crosses this boundary.
#ifndef SPARRING_CTORCH_H
#define SPARRING_CTORCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// One owned reference to a `c10::TensorImpl`.
typedef struct ct_tensor_s *ct_tensor;
/// A resolved operator of the dispatcher; lives as long as the process.
typedef const struct ct_operator_s *ct_operator;
/// A random generator with its own state.
typedef struct ct_generator_s *ct_generator;

void ct_free(char *message);

// MARK: Boxed calls

typedef enum {
  CT_DEFAULT,  // the schema's default value
  CT_NONE,
  CT_TENSOR,         // value.tensor (borrowed as an argument, owned as a result)
  CT_INT,            // value.integer
  CT_DOUBLE,         // value.real
  CT_BOOL,           // value.integer != 0
  CT_STRING,         // value.text, `count` bytes
  CT_INTS,           // value.integers, `count`
  CT_DOUBLES,        // value.reals, `count`
  CT_BOOLS,          // value.integers, `count`
  CT_TENSORS,        // value.tensors, `count`
  CT_OPTIONAL_TENSORS,  // value.tensors, `count`; NULL entries are absent
  CT_DEVICE,         // value.text, `count` bytes, such as "cpu" or "cuda:0"
  CT_GENERATOR,      // value.generator
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
    ct_generator generator;
  } value;
} ct_value;

/// Finds `aten::name` with an overload name ("" for the default one).
char *ct_operator_find(const char *name, const char *overload, ct_operator *found);
/// Calls an operator; missing trailing arguments take the schema's defaults.
/// Tensor results (a tensor list is flattened) are stored in `results`; `resultCount` holds the
/// capacity on entry and the number of results on return. Results that are not tensors are dropped.
char *ct_call(ct_operator op, const ct_value *arguments, size_t count, ct_tensor *results, size_t *resultCount);

// MARK: Tensors

char *ct_tensor_from_bytes(
    const void *bytes, size_t byteCount, const int64_t *shape, size_t rank, int32_t dtype, ct_tensor *result);
/// Copies a tensor's elements, row-major, to `bytes` (moving to the CPU where needed).
char *ct_tensor_to_bytes(ct_tensor tensor, void *bytes, size_t byteCount);
void ct_tensor_release(ct_tensor tensor);
/// Another owned reference to the same tensor.
ct_tensor ct_tensor_retain(ct_tensor tensor);
int64_t ct_tensor_rank(ct_tensor tensor);
int64_t ct_tensor_size(ct_tensor tensor, int64_t dimension);
int64_t ct_tensor_stride(ct_tensor tensor, int64_t dimension);
int64_t ct_tensor_count(ct_tensor tensor);
int32_t ct_tensor_dtype(ct_tensor tensor);
size_t ct_dtype_size(int32_t dtype);
/// Writes "cpu", "cuda:0", … into `name` (at least 32 bytes).
void ct_tensor_device(ct_tensor tensor, char *name);
bool ct_tensor_requires_gradient(ct_tensor tensor);
char *ct_tensor_set_requires_gradient(ct_tensor tensor, bool flag);
bool ct_tensor_is_contiguous(ct_tensor tensor, bool channelsLast);

// MARK: Autograd

/// Gradients of `outputs` (weighted by `weights`, or NULL for scalars) with respect to `inputs`.
/// Unused inputs come back as NULL when `allowUnused`.
char *ct_gradients(
    const ct_tensor *outputs, const ct_tensor *weights, size_t outputCount, const ct_tensor *inputs, size_t inputCount,
    bool retainGraph, bool createGraph, bool allowUnused, ct_tensor *gradients);
char *ct_backward(ct_tensor loss, bool retainGraph, bool createGraph);
/// The accumulated gradient, or NULL.
ct_tensor ct_tensor_gradient(ct_tensor tensor);
void ct_tensor_set_gradient(ct_tensor tensor, ct_tensor gradient);
bool ct_gradient_mode(void);
void ct_set_gradient_mode(bool enabled);

// MARK: Autocast

bool ct_autocast_enabled(const char *deviceType);
char *ct_set_autocast(const char *deviceType, bool enabled, int32_t dtype);
void ct_autocast_clear_cache(void);

// MARK: Random generators

char *ct_generator_create(const char *device, uint64_t seed, ct_generator *result);
void ct_generator_release(ct_generator generator);
char *ct_generator_get_state(ct_generator generator, ct_tensor *state);
char *ct_generator_set_state(ct_generator generator, ct_tensor state);

// MARK: Memory of CPU tensors

/// Whether memory of dead tensors is kept for the next ones; switching it off gives the kept memory back.
bool ct_memory_caching(void);
void ct_set_memory_caching(bool enabled);
/// Bytes kept and in no tensor's use.
size_t ct_kept_memory(void);
void ct_release_memory(void);

// MARK: The kernels of our own

/// Whether bfloat16 convolutions and normalisations on the CPU run in our own kernels: switched on, and the processor
/// has AVX512-BF16.
bool ct_uses_fast_kernels(void);
void ct_set_fast_kernels(bool enabled);
// MARK: Streams and graphs of a device

/// A stream of its own for the calling thread's work on one device, until it is left.
typedef struct ct_stream_scope_s *ct_stream_scope;
/// Work recorded once and repeated without the host.
typedef struct ct_graph_s *ct_graph;

/// Moves the calling thread's work on a device to a fresh stream, after all that was queued before.
/// NULL for a device without streams, such as the CPU.
char *ct_stream_enter(const char *device, ct_stream_scope *scope);
/// Waits for the stream's work and goes back to the stream before.
char *ct_stream_leave(ct_stream_scope scope);
/// Waits until a device has done all that was queued; returns at once for the CPU.
char *ct_device_synchronize(const char *device);

/// Fails, saying why, where LibTorch cannot record work on the device.
char *ct_graph_create(const char *device, ct_graph *result);
void ct_graph_release(ct_graph graph);
/// Lets a generator's numbers differ from replay to replay; to be called before the capture.
char *ct_graph_register_generator(ct_graph graph, ct_generator generator);
/// Records, without running it, what the calling thread queues on its current stream, which must not be the default.
char *ct_graph_capture_begin(ct_graph graph);
char *ct_graph_capture_end(ct_graph graph);
/// Queues the recorded work on the current stream.
char *ct_graph_replay(ct_graph graph);

// MARK: The machine

int32_t ct_thread_count(void);
void ct_set_thread_count(int32_t count);
/// LibTorch's version, such as "2.13.0".
const char *ct_version(void);
/// The instruction set LibTorch's own kernels use, such as "AVX512".
const char *ct_cpu_capability(void);
bool ct_has_cuda(void);
int32_t ct_cuda_device_count(void);
bool ct_has_mps(void);
/// Whether a device multiplies bf16 matrices and convolves bf16 images in hardware.
bool ct_device_has_bfloat16(const char *device);
/// Lets cuDNN time its kernels for each new shape and keep the fastest; the choice may differ between processes.
void ct_set_kernel_search(bool search);
void ct_set_deterministic(bool deterministic);
void ct_set_flush_denormal(bool flush);

#ifdef __cplusplus
}
#endif
#endif
