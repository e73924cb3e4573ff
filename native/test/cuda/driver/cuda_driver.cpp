// The part of libcuda that the engine "cuda" calls, on the host: device memory is host memory, and a launch runs the
// kernel on the host device of native/test/cuda. With it and cublas.cpp, the Java side of the engine runs without a
// GPU.
//
// A stream does its work as late as possible: when it is waited for. If the host overwrites, frees or reads memory too
// early, or one stream does not wait for the other, the answer is wrong.
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>

#include "../kernels.h"

namespace {

// The size of the engine's buffer for arguments.
constexpr size_t kLargestArguments = 256;
constexpr size_t kMemoryBytes = size_t{1} << 30;

std::mutex lock;
std::map<CUdeviceptr, size_t> allocated;
size_t used;
std::set<void*> registered;

int handle;

struct Stream {
  std::deque<std::function<void()>> queue;
  int64_t done = 0;

  void add(std::function<void()> work) { queue.push_back(std::move(work)); }
  int64_t end() const { return done + static_cast<int64_t>(queue.size()); }
  void run_to(int64_t end) {
    while (done < end && !queue.empty()) {
      const std::function<void()> work = std::move(queue.front());
      queue.pop_front();
      work();
      done++;
    }
  }
};

struct Event {
  Stream* stream = nullptr;  // null until something is recorded
  int64_t end = 0;

  void wait() const {
    if (stream != nullptr) stream->run_to(end);
  }
};

Stream& stream_of(CUstream stream) { return *reinterpret_cast<Stream*>(stream); }
Event& event_of(CUevent event) { return *reinterpret_cast<Event*>(event); }

template <class Arguments, void (*kernel)(Arguments)>
void launch(dim3 grid, int threads, int shared_bytes, const void* arguments) {
  Arguments copy;
  memcpy(&copy, arguments, sizeof copy);
  device::run(grid, threads, shared_bytes, [&] { kernel(copy); });
}

using Launch = void (*)(dim3, int, int, const void*);

const std::map<std::string, Launch> launches = {
    {"class_sums_of_one_theta", launch<ClassSumsArguments, class_sums_of_one_theta>},
    {"class_sums_of_thetas", launch<ClassSumsArguments, class_sums_of_thetas>},
    {"gradient_weights", launch<GradientWeightsArguments, gradient_weights>},
    {"nearest", launch<NearestArguments, nearest>},
    {"round_rows", launch<RoundRowsArguments, round_rows>},
    {"widen_rows", launch<WidenRowsArguments, widen_rows>},
    {"fused_class_sums_bfloat16", launch<FusedClassSumsArguments, fused_class_sums_bfloat16>},
    {"fused_class_sums_float16", launch<FusedClassSumsArguments, fused_class_sums_float16>},
    {"slot_sums", launch<SlotSumsArguments, slot_sums>},
    {"gaussian_rows", launch<GaussianRowsArguments, gaussian_rows>},
};

// True if the process may read all of the memory and, unless read_only, write it.
bool may_register(const void* memory, size_t bytes, bool read_only) {
  const auto first = reinterpret_cast<uintptr_t>(memory);
  uintptr_t covered = first;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; covered < first + bytes && std::getline(maps, line);) {
    unsigned long start = 0;
    unsigned long end = 0;
    char may_read = 0;
    char may_write = 0;
    if (sscanf(line.c_str(), "%lx-%lx %c%c", &start, &end, &may_read, &may_write) != 4) return false;
    if (start <= covered && covered < end && may_read == 'r' && (read_only || may_write == 'w')) covered = end;
  }
  return covered >= first + bytes;
}

// True if [address, address + bytes) lies in one block of device memory.
bool on_device(CUdeviceptr address, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  auto next = allocated.upper_bound(address);
  if (next == allocated.begin()) return false;
  --next;
  return address - next->first <= next->second && bytes <= next->second - (address - next->first);
}

}  // namespace

extern "C" {

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int* version) { return *version = 13000, CUDA_SUCCESS; }
CUresult cuDeviceGetCount(int* count) { return *count = 1, CUDA_SUCCESS; }
CUresult cuDeviceGet(CUdevice* device, int) { return *device = 0, CUDA_SUCCESS; }
CUresult cuDeviceGetName(char* name, int length, CUdevice) {
  strncpy(name, "host stand-in", length);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? 8
           : attribute == CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
               ? 1 << 20
               : attribute == CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice) {
  *context = reinterpret_cast<CUcontext>(&handle);
  return CUDA_SUCCESS;
}
CUresult cuCtxSetCurrent(CUcontext context) { return context == nullptr ? CUDA_ERROR_INVALID_CONTEXT : CUDA_SUCCESS; }
CUresult cuModuleLoadData(CUmodule* module, const void*) {
  *module = reinterpret_cast<CUmodule>(&handle);
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  const auto found = launches.find(name);
  if (found == launches.end()) return CUDA_ERROR_NOT_FOUND;
  *function = reinterpret_cast<CUfunction>(found->second);
  return CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction, CUfunction_attribute, int) { return CUDA_SUCCESS; }
CUresult cuMemGetInfo(size_t* free, size_t* total) {
  *total = kMemoryBytes;
  *free = kMemoryBytes - used;
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc(CUdeviceptr* address, size_t bytes) {
  std::lock_guard<std::mutex> guard(lock);
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (bytes > kMemoryBytes - used) return CUDA_ERROR_OUT_OF_MEMORY;
  void* memory = nullptr;
  if (posix_memalign(&memory, 256, bytes) != 0) return CUDA_ERROR_OUT_OF_MEMORY;
  memset(memory, 0xff, bytes);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  allocated[*address] = bytes;
  used += bytes;
  return CUDA_SUCCESS;
}
CUresult cuMemFree(CUdeviceptr address) {
  std::lock_guard<std::mutex> guard(lock);
  const auto found = allocated.find(address);
  if (found == allocated.end()) return CUDA_ERROR_INVALID_VALUE;
  used -= found->second;
  allocated.erase(found);
  free(reinterpret_cast<void*>(address));
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  return posix_memalign(address, 4096, bytes) == 0 ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}
CUresult cuMemFreeHost(void* address) { return free(address), CUDA_SUCCESS; }
CUresult cuMemHostRegister(void* memory, size_t bytes, unsigned flags) {
  std::lock_guard<std::mutex> guard(lock);
  // Refuses every second call, as drivers may refuse some, so that both cases are tested.
  static int calls;
  if (++calls % 2 == 0) return CUDA_ERROR_NOT_SUPPORTED;
  if (!may_register(memory, bytes, flags == CU_MEMHOSTREGISTER_READ_ONLY)) return CUDA_ERROR_INVALID_VALUE;
  return registered.insert(memory).second ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
}
CUresult cuMemHostUnregister(void* memory) {
  std::lock_guard<std::mutex> guard(lock);
  return registered.erase(memory) == 1 ? CUDA_SUCCESS : CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr device, const void* host, size_t bytes, CUstream stream) {
  if (!on_device(device, bytes)) return CUDA_ERROR_INVALID_VALUE;
  stream_of(stream).add([=] { memcpy(reinterpret_cast<void*>(device), host, bytes); });
  return CUDA_SUCCESS;
}
CUresult cuMemcpyDtoHAsync(void* host, CUdeviceptr device, size_t bytes, CUstream stream) {
  if (!on_device(device, bytes)) return CUDA_ERROR_INVALID_VALUE;
  stream_of(stream).add([=] { memcpy(host, reinterpret_cast<void*>(device), bytes); });
  return CUDA_SUCCESS;
}
CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  if (!on_device(to, bytes) || !on_device(from, bytes)) return CUDA_ERROR_INVALID_VALUE;
  stream_of(stream).add([=] { memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes); });
  return CUDA_SUCCESS;
}
CUresult cuMemcpy2DAsync(const CUDA_MEMCPY2D* copy, CUstream stream) {
  if (copy->srcMemoryType != CU_MEMORYTYPE_HOST || copy->dstMemoryType != CU_MEMORYTYPE_DEVICE ||
      copy->srcXInBytes != 0 || copy->srcY != 0 || copy->dstXInBytes != 0 || copy->dstY != 0 ||
      !on_device(copy->dstDevice, (copy->Height - 1) * copy->dstPitch + copy->WidthInBytes)) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  stream_of(stream).add([copy = *copy] {
    for (size_t row = 0; row < copy.Height; row++) {
      memcpy(reinterpret_cast<char*>(copy.dstDevice) + row * copy.dstPitch,
             static_cast<const char*>(copy.srcHost) + row * copy.srcPitch, copy.WidthInBytes);
    }
  });
  return CUDA_SUCCESS;
}
CUresult cuMemsetD8Async(CUdeviceptr device, unsigned char value, size_t bytes, CUstream stream) {
  if (!on_device(device, bytes)) return CUDA_ERROR_INVALID_VALUE;
  stream_of(stream).add([=] { memset(reinterpret_cast<void*>(device), value, bytes); });
  return CUDA_SUCCESS;
}
CUresult cuMemsetD32Async(CUdeviceptr device, unsigned value, size_t count, CUstream stream) {
  if (!on_device(device, count * 4)) return CUDA_ERROR_INVALID_VALUE;
  stream_of(stream).add([=] {
    for (size_t i = 0; i < count; i++) reinterpret_cast<unsigned*>(device)[i] = value;
  });
  return CUDA_SUCCESS;
}
CUresult cuStreamCreate(CUstream* stream, unsigned) {
  *stream = reinterpret_cast<CUstream>(new Stream);
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream stream) {
  stream_of(stream).run_to(stream_of(stream).end());
  return CUDA_SUCCESS;
}
CUresult cuStreamDestroy(CUstream stream) {
  if (!stream_of(stream).queue.empty()) return CUDA_ERROR_NOT_READY;
  delete &stream_of(stream);
  return CUDA_SUCCESS;
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  // Waits for the work recorded by now, not for what is recorded before the stream reaches this call.
  stream_of(stream).add([recorded = event_of(event)] { recorded.wait(); });
  return CUDA_SUCCESS;
}
CUresult cuEventCreate(CUevent* event, unsigned) {
  *event = reinterpret_cast<CUevent>(new Event);
  return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent event, CUstream stream) {
  event_of(event) = {&stream_of(stream), stream_of(stream).end()};
  return CUDA_SUCCESS;
}
CUresult cuEventSynchronize(CUevent event) {
  event_of(event).wait();
  return CUDA_SUCCESS;
}
CUresult cuEventDestroy(CUevent event) {
  delete &event_of(event);
  return CUDA_SUCCESS;
}
CUresult cuEventElapsedTime(float* millis, CUevent, CUevent) { return *millis = 1, CUDA_SUCCESS; }
CUresult cuLaunchKernel(CUfunction function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned, unsigned,
                        unsigned shared_bytes, CUstream stream, void** parameters, void**) {
  if (x == 0 || y == 0 || z == 0 || y > 65535 || z > 65535) return CUDA_ERROR_INVALID_VALUE;
  std::string arguments(static_cast<const char*>(parameters[0]), kLargestArguments);
  stream_of(stream).add([=] {
    static std::mutex launching;
    std::lock_guard<std::mutex> guard(launching);
    reinterpret_cast<Launch>(function)(dim3(x, y, z), threads, shared_bytes, arguments.data());
  });
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult error, const char** name) {
  *name = error == CUDA_ERROR_OUT_OF_MEMORY ? "CUDA_ERROR_OUT_OF_MEMORY" : "CUDA_ERROR of the stand-in";
  return CUDA_SUCCESS;
}

// Called by cublas.cpp.
void stand_in_queue(void* stream, void (*work)(void*), void* argument) {
  stream_of(static_cast<CUstream>(stream)).add([=] { work(argument); });
}

}  // extern "C"
