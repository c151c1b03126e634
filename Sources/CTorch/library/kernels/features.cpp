// What this processor can do.
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "convolution.hpp"

namespace ctorch::kernels {

#if defined(__x86_64__)

bool multipliesBFloat16() {
  static const bool found =
      __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return found;
}

bool multipliesBFloat16Tiles() {
  // Asked of the processor itself: not every compiler knows AMX by name.
  static const bool found = [] {
    unsigned a = 0, b = 0, c = 0, d = 0;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 22 & 1) != 0;
  }();
  return found;
}

#else

bool multipliesBFloat16() { return false; }
bool multipliesBFloat16Tiles() { return false; }

#endif

}  // namespace ctorch::kernels
