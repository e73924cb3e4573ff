// Memory for keys: anonymous memory with huge pages, and files mapped read-only; room for files that are written. For
// Linux and macOS.
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "interface.h"

namespace {

constexpr int64_t kHugePage = int64_t{2} << 20;

void* pointer(int64_t address) { return reinterpret_cast<void*>(address); }

#if defined(__linux__)
// If refused, everything works, but more slowly.
void request_huge_pages(int64_t address, int64_t bytes) { madvise(pointer(address), bytes, MADV_HUGEPAGE); }

// Returns 0 or an error.
int allocate_on_disk(int file, int64_t offset, int64_t bytes) { return posix_fallocate(file, offset, bytes); }
#else
void request_huge_pages(int64_t, int64_t) {}

int allocate_on_disk(int file, int64_t offset, int64_t bytes) {
  struct stat status;
  if (fstat(file, &status) != 0) return errno;
  const int64_t more = offset + bytes - status.st_size;
  if (more <= 0) return 0;
  fstore_t room = {.fst_flags = F_ALLOCATEALL,
                   .fst_posmode = F_PEOFPOSMODE,
                   .fst_offset = 0,
                   .fst_length = more,
                   .fst_bytesalloc = 0};
  return fcntl(file, F_PREALLOCATE, &room) == 0 && ftruncate(file, offset + bytes) == 0 ? 0 : errno;
}
#endif

}  // namespace

#ifdef __SANITIZE_ADDRESS__

// Uses malloc, so that the sanitizer knows where a block ends and when it is freed.
int afterimage_allocate(int64_t bytes, int64_t* address) {
  if (bytes <= 0 || bytes > INT64_MAX - kHugePage) return AFTERIMAGE_NO_MEMORY;
  void* start = nullptr;
  if (posix_memalign(&start, bytes >= kHugePage ? kHugePage : 4096, bytes) != 0) return AFTERIMAGE_NO_MEMORY;
  memset(start, 0, bytes);
  *address = reinterpret_cast<int64_t>(start);
  return AFTERIMAGE_OK;
}

void afterimage_release(int64_t address, int64_t) { free(pointer(address)); }

#else

int afterimage_allocate(int64_t bytes, int64_t* address) {
  // mmap aligns to small pages: map one huge page more, then unmap the excess.
  bool huge = bytes >= kHugePage;
  if (bytes <= 0 || bytes > INT64_MAX - kHugePage) return AFTERIMAGE_NO_MEMORY;
  int64_t mapped = huge ? bytes + kHugePage : bytes;
  void* start = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return AFTERIMAGE_NO_MEMORY;
  int64_t first = reinterpret_cast<int64_t>(start);
  if (huge) {
    int64_t page = sysconf(_SC_PAGESIZE);
    int64_t aligned = (first + kHugePage - 1) / kHugePage * kHugePage;
    int64_t end = aligned + (bytes + page - 1) / page * page;
    if (aligned > first) munmap(start, aligned - first);
    int64_t mapped_end = first + (mapped + page - 1) / page * page;
    if (mapped_end > end) munmap(pointer(end), mapped_end - end);
    request_huge_pages(aligned, bytes);
    first = aligned;
  }
  *address = first;
  return AFTERIMAGE_OK;
}

void afterimage_release(int64_t address, int64_t bytes) { munmap(pointer(address), bytes); }

#endif

int afterimage_map(const char* path, int64_t* bytes, int64_t* address, int32_t* error) {
  *bytes = 0;
  *address = 0;
  *error = 0;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    *error = errno;
    return AFTERIMAGE_IO_ERROR;
  }
  struct stat status;
  void* start = nullptr;
  if (fstat(file, &status) != 0) {
    *error = errno;
  } else if (status.st_size > 0) {
    start = mmap(nullptr, status.st_size, PROT_READ, MAP_SHARED, file, 0);
    if (start == MAP_FAILED) *error = errno;
  }
  close(file);
  if (*error != 0) return AFTERIMAGE_IO_ERROR;
  if (start != nullptr) {
    *bytes = status.st_size;
    *address = reinterpret_cast<int64_t>(start);
    request_huge_pages(*address, *bytes);
    // Kernels read several rows at once, which the system would not take for a pass over the file.
    madvise(start, *bytes, MADV_SEQUENTIAL);
  }
  return AFTERIMAGE_OK;
}

void afterimage_unmap(int64_t address, int64_t bytes) { munmap(pointer(address), bytes); }

int afterimage_reserve(const char* path, int64_t offset, int64_t bytes, int32_t* error) {
  *error = 0;
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) {
    *error = errno;
    return AFTERIMAGE_IO_ERROR;
  }
  do {
    *error = allocate_on_disk(file, offset, bytes);
  } while (*error == EINTR);
  close(file);
  return *error == 0 ? AFTERIMAGE_OK : AFTERIMAGE_IO_ERROR;
}
