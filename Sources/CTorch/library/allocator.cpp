// Memory for CPU tensors that is kept when a tensor dies and given to the next one of its size.
//
// A training step asks for the same sizes again and again. Fresh memory costs a page fault and a cleared page every
// 4 KiB; kept memory costs nothing, and large blocks lie on huge pages.
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "boundary.hpp"

namespace {

constexpr size_t smallest = 64 << 10;
constexpr size_t hugePage = 2 << 20;
/// Kept without asking how much is in use.
constexpr size_t leastKept = 256 << 20;

/// Sizes are rounded up to eighths of a power of two, so that at most an eighth is left unused.
size_t rounded(size_t bytes) {
  size_t step = smallest / 8;
  while (step * 16 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

/// Below a huge page the address only needs to suit vector instructions.
void *fromSystem(size_t bytes) {
  void *memory = nullptr;
  if (posix_memalign(&memory, bytes >= hugePage ? hugePage : 64, bytes) != 0) return nullptr;
#if defined(__linux__)
  if (bytes >= hugePage) madvise(memory, bytes / hugePage * hugePage, MADV_HUGEPAGE);
#endif
  return memory;
}

class CachingAllocator final : public c10::Allocator {
 public:
  c10::DataPtr allocate(size_t bytes) override {
    if (bytes < smallest || !enabled) return c10::GetDefaultCPUAllocator()->allocate(bytes);
    void *memory = take(rounded(bytes));
    return {memory, memory, &giveBack, c10::Device(c10::DeviceType::CPU)};
  }

  c10::DeleterFnPtr raw_deleter() const override { return &giveBack; }

  void copy_data(void *destination, const void *source, size_t count) const override {
    default_copy_data(destination, source, count);
  }

  size_t keptBytes() {
    std::lock_guard<std::mutex> lock(mutex);
    return kept;
  }

  void release() {
    std::lock_guard<std::mutex> lock(mutex);
    releaseLocked();
  }

  std::atomic<bool> enabled{false};

 private:
  void *take(size_t bytes) {
    std::lock_guard<std::mutex> lock(mutex);
    auto &blocks = free[bytes];
    void *memory = nullptr;
    if (!blocks.empty()) {
      memory = blocks.back();
      blocks.pop_back();
      kept -= bytes;
    } else {
      memory = fromSystem(bytes);
      if (!memory) {
        releaseLocked();
        memory = fromSystem(bytes);
      }
      TORCH_CHECK(memory, "not enough memory: ", bytes, " bytes could not be had");
    }
    sizes[memory] = bytes;
    used += bytes;
    most = std::max(most, used);
    return memory;
  }

  static void giveBack(void *memory);

  void releaseLocked() {
    for (auto &entry : free)
      for (void *memory : entry.second) std::free(memory);
    free.clear();
    kept = 0;
  }

  std::mutex mutex;
  /// Blocks in nobody's use, by size.
  std::map<size_t, std::vector<void *>> free;
  /// Blocks in use.
  std::unordered_map<void *, size_t> sizes;
  size_t kept = 0;
  size_t used = 0;
  /// The most that was ever in use at once.
  size_t most = 0;
};

/// Never destroyed: tensors may outlive every static object.
CachingAllocator &allocator() {
  static auto *const only = new CachingAllocator;
  return *only;
}

void CachingAllocator::giveBack(void *memory) {
  CachingAllocator &owner = allocator();
  std::unique_lock<std::mutex> lock(owner.mutex);
  const auto found = owner.sizes.find(memory);
  if (found == owner.sizes.end()) {
    // A small block, from LibTorch's own allocator.
    lock.unlock();
    return c10::free_cpu(memory);
  }
  const size_t bytes = found->second;
  owner.sizes.erase(found);
  owner.used -= bytes;
  if (!owner.enabled) return std::free(memory);
  // Sizes that are no longer asked for must not pile up.
  if (owner.used + owner.kept + bytes > std::max(2 * owner.most, leastKept)) owner.releaseLocked();
  owner.free[bytes].push_back(memory);
  owner.kept += bytes;
}

/// Until this is called for the first time, nothing in the process is as it would not be with LibTorch alone.
void install() {
  static const bool isInstalled = [] {
    c10::SetCPUAllocator(&allocator(), /*priority=*/1);
#if defined(__GLIBC__)
    // The same for what is not a tensor: the scratch memory of kernels comes and goes with every step too.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
#endif
    return true;
  }();
  (void)isInstalled;
}

}  // namespace

void ct_set_memory_caching(bool enabled) {
  if (enabled) install();
  allocator().enabled = enabled;
  if (!enabled) allocator().release();
}
bool ct_memory_caching(void) { return allocator().enabled; }
size_t ct_kept_memory(void) { return allocator().keptBytes(); }
void ct_release_memory(void) { allocator().release(); }
