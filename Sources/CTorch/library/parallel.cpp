// Loops on the threads that LibTorch uses already.
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

Launch openMP() {
#if defined(__linux__)
  static const auto found = reinterpret_cast<Launch>(dlsym(RTLD_DEFAULT, "GOMP_parallel"));
  return found;
#else
  return nullptr;
#endif
}

struct Loop {
  int64_t count = 0;
  /// How many are taken at a time.
  int64_t step = 1;
  std::atomic<int64_t> next{0};
  const std::function<void(int64_t, int64_t)> *body = nullptr;
  std::exception_ptr error = nullptr;
  std::atomic_flag hasError = ATOMIC_FLAG_INIT;
};

/// What each thread does until nothing is left.
void runParts(void *data) {
  auto *loop = static_cast<Loop *>(data);
  try {
    for (int64_t begin; (begin = loop->next.fetch_add(loop->step)) < loop->count;)
      (*loop->body)(begin, std::min(begin + loop->step, loop->count));
  } catch (...) {
    if (!loop->hasError.test_and_set()) loop->error = std::current_exception();
  }
}

}  // namespace

void parallel(int64_t count, const std::function<void(int64_t, int64_t)> &body) {
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), count);
  if (threads <= 1 || at::in_parallel_region() || !openMP()) {
    if (count > 0) body(0, count);
    return;
  }
  // Several parts for each thread: one that is held up leaves the rest to the others.
  Loop loop;
  loop.count = count;
  loop.step = std::max<int64_t>(1, count / (4 * threads));
  loop.body = &body;
  openMP()(runParts, &loop, static_cast<unsigned>(threads), 0);
  if (loop.error) std::rethrow_exception(loop.error);
}

}  // namespace ctorch
