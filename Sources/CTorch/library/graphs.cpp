// A stream for one thread's work, and whole steps recorded on it to be replayed without the host.
//
// LibTorch 2.13 declares a device-generic graph (ATen/accelerator/Graph.h), but CUDA registers no implementation of it,
// and it offers no way to register random generators. CUDA's own class, at::cuda::CUDAGraph, does both, but its header
// needs NVIDIA's. So its exported functions are looked up by name in the library that is loaded for CUDA anyway: the
// shim builds with a plain C++ compiler, and a LibTorch without them simply cannot record.
#include <dlfcn.h>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "boundary.hpp"

namespace {

using c10::impl::VirtualGuardImpl;
using ctorch::deviceOf;

bool hasStreams(c10::Device device) { return device.is_cuda(); }

/// The functions of at::cuda::CUDAGraph, called as the C++ ABI calls members: with the object first.
struct CUDAGraphFunctions {
  using Pool = std::pair<unsigned long long, unsigned long long>;

  void (*construct)(void *, bool) = nullptr;
  void (*destroy)(void *) = nullptr;
  void (*registerGenerator)(void *, const at::Generator &) = nullptr;
  void (*captureBegin)(void *, Pool, int) = nullptr;
  void (*captureEnd)(void *) = nullptr;
  void (*replay)(void *) = nullptr;
  std::string missing;

  CUDAGraphFunctions() {
    find(construct, "C1Eb");
    find(destroy, "D1Ev");
    find(registerGenerator, "24register_generator_stateERKNS_9GeneratorE");
    find(captureBegin, "13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
    find(captureEnd, "11capture_endEv");
    find(replay, "6replayEv");
  }

 private:
  template <typename Function>
  void find(Function *&function, const char *member) {
    const std::string name = std::string("_ZN2at4cuda9CUDAGraph") + member;
    function = reinterpret_cast<Function *>(dlsym(RTLD_DEFAULT, name.c_str()));
    if (!function && missing.empty()) missing = name;
  }
};

const CUDAGraphFunctions &functions() {
  // The library is open by now: ct_graph_create has counted the devices.
  static const CUDAGraphFunctions found;
  return found;
}

}  // namespace

struct ct_stream_scope_s {
  c10::Device device;
  c10::Device deviceBefore;
  c10::Stream stream;
  c10::Stream streamBefore;
};

struct ct_graph_s {
  // at::cuda::CUDAGraph takes less than 400 bytes in 2.13; its size cannot be asked for without NVIDIA's headers.
  alignas(std::max_align_t) std::byte object[4096];

  ct_graph_s() { functions().construct(object, /* keep_graph: */ false); }
  ~ct_graph_s() { functions().destroy(object); }
  ct_graph_s(const ct_graph_s &) = delete;
};

char *ct_stream_enter(ct_device place, ct_stream_scope *scope) {
  CT_GUARDED({
    *scope = nullptr;
    const c10::Device device = deviceOf(place);
    if (!hasStreams(device)) return nullptr;
    const VirtualGuardImpl guard(device.type());
    // Weights and data were written on the stream before; from here on nothing waits for it.
    guard.synchronizeDevice(device.index());
    const c10::Device deviceBefore = guard.exchangeDevice(device);
    const c10::Stream stream = guard.getStreamFromGlobalPool(device);
    const c10::Stream streamBefore = guard.exchangeStream(stream);
    *scope = new ct_stream_scope_s{device, deviceBefore, stream, streamBefore};
  })
}

char *ct_stream_leave(ct_stream_scope handle) {
  CT_GUARDED({
    if (!handle) return nullptr;
    const std::unique_ptr<ct_stream_scope_s> scope(handle);
    const VirtualGuardImpl guard(scope->device.type());
    guard.exchangeStream(scope->streamBefore);
    guard.exchangeDevice(scope->deviceBefore);
    guard.synchronizeStream(scope->stream);
  })
}

char *ct_device_synchronize(ct_device place) {
  CT_GUARDED({
    const c10::Device device = deviceOf(place);
    if (device.is_cpu()) return nullptr;
    VirtualGuardImpl(device.type()).synchronizeDevice(device.index());
  })
}

char *ct_graph_create(ct_device place, ct_graph *result) {
  CT_GUARDED({
    const c10::Device device = deviceOf(place);
    TORCH_CHECK(
        device.is_cuda() && ct_cuda_device_count() > 0, "LibTorch records steps on CUDA devices only, not on '",
        device.str(), "'");
    TORCH_CHECK(functions().missing.empty(), "this LibTorch has no ", functions().missing);
    *result = new ct_graph_s();
  })
}

void ct_graph_release(ct_graph graph) { delete graph; }

char *ct_graph_register_generator(ct_graph graph, ct_generator generator) {
  CT_GUARDED({ functions().registerGenerator(graph->object, generator->generator); })
}

char *ct_graph_capture_begin(ct_graph graph) {
  // Mode 0 is cudaStreamCaptureModeGlobal, and a pool of zeros asks for a new one; both are PyTorch's defaults.
  CT_GUARDED({ functions().captureBegin(graph->object, {0, 0}, 0); })
}

char *ct_graph_capture_end(ct_graph graph) {
  CT_GUARDED({ functions().captureEnd(graph->object); })
}

char *ct_graph_replay(ct_graph graph) {
  CT_GUARDED({ functions().replay(graph->object); })
}
