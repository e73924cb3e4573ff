// The calls of libcuda that allocate, register and copy memory. Device memory is host memory.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fstream>
#include <string>

#include "stand_in.h"

using namespace stand_in;

namespace {

constexpr size_t kMemoryBytes = size_t{1} << 30;

size_t used() {
  size_t bytes = 0;
  for (const auto& block : stand_in::device.all()) bytes += block.second;
  return bytes;
}

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

// A driver refuses a copy that begins inside of a registration, or of pinned memory, and ends outside.
bool crosses_an_edge(Range host) {
  for (const Blocks* blocks : {&pinned, &registered}) {
    if (blocks->overlaps(host) && !blocks->holds(host)) return true;
  }
  return false;
}

CUresult copy(const char* call, CUdeviceptr on_device, size_t device_bytes, const void* host, size_t host_bytes,
              CUstream stream, std::function<void()> work) {
  if (CUresult refused = ready(call)) return refused;
  const Range target = {static_cast<uintptr_t>(on_device), device_bytes};
  const Range source = {reinterpret_cast<uintptr_t>(host), host_bytes};
  {
    std::lock_guard<std::mutex> guard(lock);
    if (!stand_in::device.holds(target) || crosses_an_edge(source)) return CUDA_ERROR_INVALID_VALUE;
  }
  queue(*reinterpret_cast<Stream*>(stream), {target, source}, std::move(work));
  return CUDA_SUCCESS;
}

CUresult fill(const char* call, CUdeviceptr on_device, size_t bytes, CUstream stream, std::function<void()> work) {
  return copy(call, on_device, bytes, nullptr, 0, stream, std::move(work));
}

}  // namespace

extern "C" {

CUresult cuMemGetInfo(size_t* free, size_t* total) {
  if (CUresult refused = ready("cuMemGetInfo")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  *total = kMemoryBytes;
  *free = kMemoryBytes - used();
  return CUDA_SUCCESS;
}
CUresult cuMemAlloc(CUdeviceptr* address, size_t bytes) {
  if (CUresult refused = ready("cuMemAlloc")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  if (bytes == 0) return CUDA_ERROR_INVALID_VALUE;
  if (bytes > kMemoryBytes - used()) return CUDA_ERROR_OUT_OF_MEMORY;
  void* memory = nullptr;
  if (posix_memalign(&memory, 256, bytes) != 0) return CUDA_ERROR_OUT_OF_MEMORY;
  memset(memory, 0xff, bytes);
  *address = reinterpret_cast<CUdeviceptr>(memory);
  stand_in::device.add(*address, bytes);
  return CUDA_SUCCESS;
}
// A driver waits for all work before it frees; the engine must not lean on that.
CUresult cuMemFree(CUdeviceptr address) {
  if (CUresult refused = ready("cuMemFree")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  const auto found = stand_in::device.all().find(address);
  if (found == stand_in::device.all().end()) return CUDA_ERROR_INVALID_VALUE;
  if (in_use({found->first, found->second})) return CUDA_ERROR_NOT_READY;
  stand_in::device.remove(address);
  free(reinterpret_cast<void*>(address));
  return CUDA_SUCCESS;
}
CUresult cuMemHostAlloc(void** address, size_t bytes, unsigned) {
  if (CUresult refused = ready("cuMemHostAlloc")) return refused;
  if (posix_memalign(address, 4096, bytes) != 0) return CUDA_ERROR_OUT_OF_MEMORY;
  std::lock_guard<std::mutex> guard(lock);
  pinned.add(reinterpret_cast<uintptr_t>(*address), bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemFreeHost(void* address) {
  if (CUresult refused = ready("cuMemFreeHost")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  const auto first = reinterpret_cast<uintptr_t>(address);
  const auto found = pinned.all().find(first);
  if (found == pinned.all().end()) return CUDA_ERROR_INVALID_VALUE;
  if (in_use({first, found->second})) return CUDA_ERROR_NOT_READY;
  pinned.remove(first);
  free(address);
  return CUDA_SUCCESS;
}
CUresult cuMemHostRegister(void* memory, size_t bytes, unsigned flags) {
  if (CUresult refused = ready("cuMemHostRegister")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  // Refuses every second call, as drivers may refuse some, so that both cases are tested.
  static int calls;
  if (++calls % 2 == 0) return CUDA_ERROR_NOT_SUPPORTED;
  if (!may_register(memory, bytes, flags == CU_MEMHOSTREGISTER_READ_ONLY)) return CUDA_ERROR_INVALID_VALUE;
  const Range range = {reinterpret_cast<uintptr_t>(memory), bytes};
  if (registered.overlaps(range)) return CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED;
  registered.add(range.first, bytes);
  return CUDA_SUCCESS;
}
CUresult cuMemHostUnregister(void* memory) {
  if (CUresult refused = ready("cuMemHostUnregister")) return refused;
  std::lock_guard<std::mutex> guard(lock);
  const auto first = reinterpret_cast<uintptr_t>(memory);
  const auto found = registered.all().find(first);
  if (found == registered.all().end()) return CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED;
  if (in_use({first, found->second})) return CUDA_ERROR_NOT_READY;
  registered.remove(first);
  return CUDA_SUCCESS;
}
CUresult cuMemcpyHtoDAsync(CUdeviceptr device, const void* host, size_t bytes, CUstream stream) {
  return copy("cuMemcpyHtoDAsync", device, bytes, host, bytes, stream,
              [=] { memcpy(reinterpret_cast<void*>(device), host, bytes); });
}
CUresult cuMemcpyDtoHAsync(void* host, CUdeviceptr device, size_t bytes, CUstream stream) {
  return copy("cuMemcpyDtoHAsync", device, bytes, host, bytes, stream,
              [=] { memcpy(host, reinterpret_cast<void*>(device), bytes); });
}
CUresult cuMemcpyDtoDAsync(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
  {
    std::lock_guard<std::mutex> guard(lock);
    if (!device.holds({static_cast<uintptr_t>(from), bytes})) return CUDA_ERROR_INVALID_VALUE;
  }
  return copy("cuMemcpyDtoDAsync", to, bytes, reinterpret_cast<void*>(from), bytes, stream,
              [=] { memcpy(reinterpret_cast<void*>(to), reinterpret_cast<void*>(from), bytes); });
}
CUresult cuMemcpy2DAsync(const CUDA_MEMCPY2D* rows, CUstream stream) {
  if (rows->srcMemoryType != CU_MEMORYTYPE_HOST || rows->dstMemoryType != CU_MEMORYTYPE_DEVICE ||
      rows->srcXInBytes != 0 || rows->srcY != 0 || rows->dstXInBytes != 0 || rows->dstY != 0 || rows->Height == 0) {
    return CUDA_ERROR_INVALID_VALUE;
  }
  const auto span = [&](size_t pitch) { return (rows->Height - 1) * pitch + rows->WidthInBytes; };
  return copy("cuMemcpy2DAsync", rows->dstDevice, span(rows->dstPitch), rows->srcHost, span(rows->srcPitch), stream,
              [copied = *rows] {
                for (size_t row = 0; row < copied.Height; row++) {
                  memcpy(reinterpret_cast<char*>(copied.dstDevice) + row * copied.dstPitch,
                         static_cast<const char*>(copied.srcHost) + row * copied.srcPitch, copied.WidthInBytes);
                }
              });
}
CUresult cuMemsetD8Async(CUdeviceptr device, unsigned char value, size_t bytes, CUstream stream) {
  return fill("cuMemsetD8Async", device, bytes, stream,
              [=] { memset(reinterpret_cast<void*>(device), value, bytes); });
}
CUresult cuMemsetD32Async(CUdeviceptr device, unsigned value, size_t count, CUstream stream) {
  return fill("cuMemsetD32Async", device, count * 4, stream, [=] {
    for (size_t i = 0; i < count; i++) reinterpret_cast<unsigned*>(device)[i] = value;
  });
}

}  // extern "C"
