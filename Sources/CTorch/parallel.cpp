// Loops on the threads that LibTorch uses already.
#include <ATen/Parallel.h>

#if defined(__linux__)
#include <dlfcn.h>
#endif

#include <algorithm>
#include <atomic>
#include <exception>

#include "fast_path.hpp"

namespace ctorch {

namespace {

// `at::parallel_for` only runs in parallel where the compiler knows OpenMP, which Swift's does not. The OpenMP library
// itself is there, loaded by LibTorch, and its entry points are stable; a second pool of threads would fight the first.
using Launch = void (*)(void (*body)(void *), void *data, unsigned threads, unsigned flags);
using ThreadNumber = int (*)();

struct OpenMP {
  Launch launch = nullptr;
  ThreadNumber threadNumber = nullptr;
};

const OpenMP &openMP() {
  static const OpenMP found = [] {
    OpenMP found;
#if defined(__linux__)
    found.launch = reinterpret_cast<Launch>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
    found.threadNumber = reinterpret_cast<ThreadNumber>(dlsym(RTLD_DEFAULT, "omp_get_thread_num"));
#endif
    return found;
  }();
  return found;
}

struct Loop {
  int64_t count;
  int64_t threads;
  const std::function<void(int64_t, int64_t)> *body;
  std::exception_ptr error;
  std::atomic_flag hasError = ATOMIC_FLAG_INIT;
};

void runPart(void *data) {
  auto *loop = static_cast<Loop *>(data);
  const int64_t thread = openMP().threadNumber();
  const int64_t begin = loop->count * thread / loop->threads, end = loop->count * (thread + 1) / loop->threads;
  try {
    if (begin < end) (*loop->body)(begin, end);
  } catch (...) {
    if (!loop->hasError.test_and_set()) loop->error = std::current_exception();
  }
}

}  // namespace

void parallel(int64_t count, const std::function<void(int64_t, int64_t)> &body) {
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  if (threads <= 1 || at::in_parallel_region() || !openMP().launch || !openMP().threadNumber) {
    if (count > 0) body(0, count);
    return;
  }
  Loop loop{count, threads, &body, nullptr};
  openMP().launch(runPart, &loop, static_cast<unsigned>(threads), 0);
  if (loop.error) std::rethrow_exception(loop.error);
}

}  // namespace ctorch
