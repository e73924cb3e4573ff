// The part of libcuda that the engine "cuda" calls, on the host: a launch runs the kernel on the host device of
// native/test/cuda. With it and cublas.cpp, the Java side of the engine runs without a GPU. It refuses what a driver
// refuses or may not do as the engine expects; driver_test.cpp lists it.
//
// A stream does its work as late as possible: when it is waited for. If the host overwrites, frees or reads memory too
// early, or one stream does not wait for the other, the answer is wrong.
#include <cuda.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <string>

#include "mutants.h"
#include "stand_in.h"

using stand_in::Event;
using stand_in::lock;
using stand_in::ready;
using stand_in::Stream;

namespace {

// The size of the engine's buffer for arguments.
constexpr size_t kLargestArguments = 256;
// Shared memory that a launch may ask for, and that with a function's consent (sm_80).
constexpr unsigned kSharedBytes = 48 << 10;
constexpr int kMostSharedBytes = 163 << 10;

// The primary context; each retain counts.
int retained;
CUresult failure;
thread_local std::vector<CUcontext> contexts;
int handle;

using Launch = void (*)(dim3, int, int, const void*);

struct Kernel {
  Launch launch;
  std::vector<size_t> pointers;  // offsets of the device addresses in its arguments
  unsigned shared_bytes = kSharedBytes;
};

template <class Arguments, void (*kernel)(Arguments)>
void launch(dim3 grid, int threads, int shared_bytes, const void* arguments) {
  Arguments copy;
  memcpy(&copy, arguments, sizeof copy);
  device::run(grid, threads, shared_bytes, [&] { kernel(copy); });
}

#define AT(member) offsetof(Arguments, member)
#define SCORES AT(scores.values), AT(scores.key_scales), AT(scores.query_scales)

std::vector<size_t> class_sums_pointers() {
  using Arguments = ClassSumsArguments;
  return {SCORES,       AT(runs.order), AT(runs.run_starts), AT(runs.run_labels), AT(references),
          AT(thetas), AT(sums),       AT(maxima)};
}
std::vector<size_t> gradient_weights_pointers() {
  using Arguments = GradientWeightsArguments;
  return {SCORES, AT(weights), AT(labels), AT(references), AT(coefficients)};
}
std::vector<size_t> nearest_pointers() {
  using Arguments = NearestArguments;
  return {SCORES, AT(labels), AT(best_scores), AT(best_rows), AT(other_scores), AT(other_rows)};
}
std::vector<size_t> round_rows_pointers() {
  using Arguments = RoundRowsArguments;
  return {AT(source), AT(target), AT(scales)};
}
std::vector<size_t> widen_rows_pointers() {
  using Arguments = WidenRowsArguments;
  return {AT(source), AT(scales), AT(target)};
}
std::vector<size_t> fused_class_sums_pointers() {
  using Arguments = FusedClassSumsArguments;
  return {AT(keys),   AT(queries), AT(labels), AT(slot_starts), AT(references),
          AT(thetas), AT(slots),   AT(maxima)};
}
std::vector<size_t> slot_sums_pointers() {
  using Arguments = SlotSumsArguments;
  return {AT(slots), AT(slots_by_class), AT(class_starts), AT(sums)};
}
std::vector<size_t> gaussian_rows_pointers() {
  using Arguments = GaussianRowsArguments;
  return {AT(target)};
}

std::map<std::string, Kernel> kernels = {
    {"class_sums_of_one_theta", {launch<ClassSumsArguments, class_sums_of_one_theta>, class_sums_pointers()}},
    {"class_sums_of_thetas", {launch<ClassSumsArguments, class_sums_of_thetas>, class_sums_pointers()}},
    {"gradient_weights", {launch<GradientWeightsArguments, gradient_weights>, gradient_weights_pointers()}},
    {"nearest", {launch<NearestArguments, nearest>, nearest_pointers()}},
    {"round_rows", {launch<RoundRowsArguments, round_rows>, round_rows_pointers()}},
    {"widen_rows", {launch<WidenRowsArguments, widen_rows>, widen_rows_pointers()}},
    {"fused_class_sums_bfloat16",
     {launch<FusedClassSumsArguments, fused_class_sums_bfloat16>, fused_class_sums_pointers()}},
    {"fused_class_sums_float16",
     {launch<FusedClassSumsArguments, fused_class_sums_float16>, fused_class_sums_pointers()}},
    {"slot_sums", {launch<SlotSumsArguments, slot_sums>, slot_sums_pointers()}},
    {"gaussian_rows", {launch<GaussianRowsArguments, gaussian_rows>, gaussian_rows_pointers()}},
};

// Launches by the name of a mutation and that of its kernel.
const std::map<std::string, Launch> mutants = {MUTANTS};

Launch launch_of(const std::string& name, const Kernel& kernel) {
  const auto found = mutants.find(stand_in::mutation() + " " + name);
  return found == mutants.end() ? kernel.launch : found->second;
}

Stream& stream_of(CUstream stream) { return *reinterpret_cast<Stream*>(stream); }
std::pair<const std::string, Kernel>& function_of(CUfunction function) {
  return *reinterpret_cast<std::pair<const std::string, Kernel>*>(function);
}
Event& event_of(CUevent event) { return *reinterpret_cast<Event*>(event); }

void wait(const Event& event) {
  if (event.stream != nullptr) run_to(*event.stream, event.end);
}

// The errors that end a context.
bool sticky(int error) {
  return error == CUDA_ERROR_ECC_UNCORRECTABLE || (error >= CUDA_ERROR_ILLEGAL_ADDRESS && error < CUDA_ERROR_NOT_PERMITTED);
}

}  // namespace

CUresult stand_in::ready(const char* call) {
  if (failure != CUDA_SUCCESS) return failure;
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  const int wanted = fault(call);
  if (sticky(wanted)) poison(static_cast<CUresult>(wanted));
  return static_cast<CUresult>(wanted);
}

void stand_in::poison(CUresult error) { failure = error; }

extern "C" {

CUresult cuInit(unsigned) { return CUDA_SUCCESS; }
CUresult cuDriverGetVersion(int* version) {
  const char* const wanted = getenv("STAND_IN_DRIVER");
  *version = wanted == nullptr ? 13000 : atoi(wanted);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetCount(int* count) { return *count = 1, CUDA_SUCCESS; }
CUresult cuDeviceGet(CUdevice* device, int) { return *device = 0, CUDA_SUCCESS; }
CUresult cuDeviceGetName(char* name, int length, CUdevice) {
  strncpy(name, "host stand-in", length);
  return CUDA_SUCCESS;
}
CUresult cuDeviceGetAttribute(int* value, CUdevice_attribute attribute, CUdevice) {
  *value = attribute == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR ? 8
           : attribute == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT  ? 1
           : attribute == CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE
               ? 1 << 20
               : attribute == CU_DEVICE_ATTRIBUTE_READ_ONLY_HOST_REGISTER_SUPPORTED;
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice) {
  retained++;
  *context = reinterpret_cast<CUcontext>(&handle);
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxRelease(CUdevice) {
  if (retained == 0) return CUDA_ERROR_INVALID_CONTEXT;
  if (--retained == 0) {
    stand_in::end_context();
    failure = CUDA_SUCCESS;
  }
  return CUDA_SUCCESS;
}
CUresult cuDevicePrimaryCtxGetState(CUdevice, unsigned* flags, int* active) {
  *flags = 0;
  *active = retained > 0;
  return CUDA_SUCCESS;
}
CUresult cuCtxGetCurrent(CUcontext* context) {
  *context = contexts.empty() ? nullptr : contexts.back();
  return CUDA_SUCCESS;
}
CUresult cuCtxPushCurrent(CUcontext context) {
  if (context == nullptr || retained == 0) return CUDA_ERROR_INVALID_CONTEXT;
  contexts.push_back(context);
  return CUDA_SUCCESS;
}
CUresult cuCtxPopCurrent(CUcontext* context) {
  if (contexts.empty()) return CUDA_ERROR_INVALID_CONTEXT;
  *context = contexts.back();
  contexts.pop_back();
  return CUDA_SUCCESS;
}
CUresult cuModuleLoadData(CUmodule* module, const void* image) {
  if (CUresult refused = ready("cuModuleLoadData")) return refused;
  uint32_t first = 0;
  memcpy(&first, image, sizeof first);
  // A fatbin, or an ELF file.
  if (first != 0xba55ed50 && first != 0x464c457f) return CUDA_ERROR_INVALID_IMAGE;
  *module = reinterpret_cast<CUmodule>(&handle);
  return CUDA_SUCCESS;
}
CUresult cuModuleGetFunction(CUfunction* function, CUmodule, const char* name) {
  if (CUresult refused = ready("cuModuleGetFunction")) return refused;
  const auto found = kernels.find(name);
  if (found == kernels.end()) return CUDA_ERROR_NOT_FOUND;
  *function = reinterpret_cast<CUfunction>(&*found);
  return CUDA_SUCCESS;
}
CUresult cuFuncSetAttribute(CUfunction function, CUfunction_attribute attribute, int value) {
  if (CUresult refused = ready("cuFuncSetAttribute")) return refused;
  if (attribute != CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0 || value > kMostSharedBytes) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  function_of(function).second.shared_bytes = static_cast<unsigned>(value);
  return CUDA_SUCCESS;
}
CUresult cuStreamCreate(CUstream* stream, unsigned) {
  if (CUresult refused = ready("cuStreamCreate")) return refused;
  auto* const created = new Stream;
  *stream = reinterpret_cast<CUstream>(created);
  std::lock_guard<std::mutex> guard(lock);
  stand_in::streams.insert(created);
  return CUDA_SUCCESS;
}
CUresult cuStreamSynchronize(CUstream stream) {
  if (CUresult refused = ready("cuStreamSynchronize")) return refused;
  run_to(stream_of(stream), INT64_MAX);
  return failure;
}
CUresult cuStreamDestroy(CUstream stream) {
  if (CUresult refused = ready("cuStreamDestroy")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  if (!stream_of(stream).queue.empty()) return CUDA_ERROR_NOT_READY;
  stand_in::streams.erase(&stream_of(stream));
  delete &stream_of(stream);
  return CUDA_SUCCESS;
}
CUresult cuStreamWaitEvent(CUstream stream, CUevent event, unsigned) {
  if (CUresult refused = ready("cuStreamWaitEvent")) return refused;
  if (stand_in::mutation() == "streams_do_not_wait") return CUDA_SUCCESS;
  // Waits for the work recorded by now, not for what is recorded before the stream reaches this call.
  stand_in::queue(stream_of(stream), {}, [recorded = event_of(event)] { wait(recorded); });
  return CUDA_SUCCESS;
}
CUresult cuEventCreate(CUevent* event, unsigned) {
  if (CUresult refused = ready("cuEventCreate")) return refused;
  *event = reinterpret_cast<CUevent>(new Event);
  return CUDA_SUCCESS;
}
CUresult cuEventRecord(CUevent event, CUstream stream) {
  if (CUresult refused = ready("cuEventRecord")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  event_of(event).stream = &stream_of(stream);
  event_of(event).end = stream_of(stream).end();
  return CUDA_SUCCESS;
}
CUresult cuEventSynchronize(CUevent event) {
  if (CUresult refused = ready("cuEventSynchronize")) return refused;
  wait(event_of(event));
  return failure;
}
CUresult cuEventDestroy(CUevent event) {
  if (CUresult refused = ready("cuEventDestroy")) return refused;
  delete &event_of(event);
  return CUDA_SUCCESS;
}
CUresult cuLaunchKernel(CUfunction function, unsigned x, unsigned y, unsigned z, unsigned threads, unsigned, unsigned,
                        unsigned shared_bytes, CUstream stream, void** parameters, void**) {
  if (CUresult refused = ready("cuLaunchKernel")) return refused;
  const auto& [name, kernel] = function_of(function);
  if (x == 0 || y == 0 || z == 0 || x > INT32_MAX || y > 65535 || z > 65535 || shared_bytes > kernel.shared_bytes) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  std::string arguments(static_cast<const char*>(parameters[0]), kLargestArguments);
  std::vector<stand_in::Range> uses;
  for (size_t offset : kernel.pointers) {
    uintptr_t address = 0;
    memcpy(&address, arguments.data() + offset, sizeof address);
    if (address != 0) uses.push_back({address, 1});
  }
  stand_in::queue(stream_of(stream), uses, [=, run = launch_of(name, kernel)] {
    {
      std::lock_guard<std::mutex> guard(lock);
      for (const stand_in::Range& use : uses) {
        if (!stand_in::device.holds(use)) return stand_in::poison(CUDA_ERROR_ILLEGAL_ADDRESS);
      }
    }
    static std::mutex launching;
    std::lock_guard<std::mutex> guard(launching);
    run(dim3(x, y, z), threads, shared_bytes, arguments.data());
  });
  return CUDA_SUCCESS;
}
CUresult cuGetErrorName(CUresult error, const char** name) {
  switch (error) {
    case CUDA_ERROR_OUT_OF_MEMORY:
      *name = "CUDA_ERROR_OUT_OF_MEMORY";
      break;
    case CUDA_ERROR_ILLEGAL_ADDRESS:
      *name = "CUDA_ERROR_ILLEGAL_ADDRESS";
      break;
    default:
      static thread_local char other[40];
      snprintf(other, sizeof other, "error %d of the stand-in", error);
      *name = other;
  }
  return CUDA_SUCCESS;
}

}  // extern "C"
