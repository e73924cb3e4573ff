// Memory for keys on Windows, see memory.cpp. Large pages need a privilege, so they are not asked for. Paths are UTF-8.
#include <errno.h>
#include <fcntl.h>
#include <io.h>
#include <sys/stat.h>
#include <windows.h>

#include <string>

#include "interface.h"

namespace {

constexpr int64_t kHugePage = int64_t{2} << 20;

void* pointer(int64_t address) { return reinterpret_cast<void*>(address); }

// A file descriptor, or -1 with errno set.
int open_file(const char* path, int flags) {
  const int length = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, path, -1, nullptr, 0);
  if (length == 0) {
    errno = EINVAL;
    return -1;
  }
  std::wstring wide(length, L'\0');
  MultiByteToWideChar(CP_UTF8, 0, path, -1, wide.data(), length);
  return _wopen(wide.c_str(), flags | _O_BINARY | _O_NOINHERIT);
}

}  // namespace

int afterimage_allocate(int64_t bytes, int64_t* address) {
  if (bytes <= 0 || bytes > INT64_MAX - kHugePage) return AFTERIMAGE_NO_MEMORY;
  // Reserves addresses for one huge page more, and takes memory for the aligned part only.
  const bool huge = bytes >= kHugePage;
  void* start = VirtualAlloc(nullptr, huge ? bytes + kHugePage : bytes, MEM_RESERVE, PAGE_READWRITE);
  if (start == nullptr) return AFTERIMAGE_NO_MEMORY;
  const int64_t first = reinterpret_cast<int64_t>(start);
  const int64_t aligned = huge ? (first + kHugePage - 1) / kHugePage * kHugePage : first;
  if (VirtualAlloc(pointer(aligned), bytes, MEM_COMMIT, PAGE_READWRITE) == nullptr) {
    VirtualFree(start, 0, MEM_RELEASE);
    return AFTERIMAGE_NO_MEMORY;
  }
  *address = aligned;
  return AFTERIMAGE_OK;
}

void afterimage_release(int64_t address, int64_t) {
  MEMORY_BASIC_INFORMATION information;
  if (VirtualQuery(pointer(address), &information, sizeof information) == 0) return;
  VirtualFree(information.AllocationBase, 0, MEM_RELEASE);
}

int afterimage_map(const char* path, int64_t* bytes, int64_t* address, int32_t* error) {
  *bytes = 0;
  *address = 0;
  *error = 0;
  const int file = open_file(path, _O_RDONLY);
  if (file < 0) {
    *error = errno;
    return AFTERIMAGE_IO_ERROR;
  }
  void* start = nullptr;
  const int64_t length = _filelengthi64(file);
  if (length < 0) *error = errno;
  if (length > 0) {
    HANDLE mapping =
        CreateFileMappingW(reinterpret_cast<HANDLE>(_get_osfhandle(file)), nullptr, PAGE_READONLY, 0, 0, nullptr);
    if (mapping != nullptr) {
      start = MapViewOfFile(mapping, FILE_MAP_READ, 0, 0, 0);
      CloseHandle(mapping);  // the view keeps it
    }
    if (start == nullptr) *error = ENOMEM;
  }
  _close(file);
  if (*error != 0) return AFTERIMAGE_IO_ERROR;
  if (start != nullptr) {
    *bytes = length;
    *address = reinterpret_cast<int64_t>(start);
  }
  return AFTERIMAGE_OK;
}

void afterimage_unmap(int64_t address, int64_t) { UnmapViewOfFile(pointer(address)); }

void afterimage_fetch(int64_t address, int64_t bytes) {
  WIN32_MEMORY_RANGE_ENTRY range = {.VirtualAddress = pointer(address), .NumberOfBytes = static_cast<SIZE_T>(bytes)};
  PrefetchVirtualMemory(GetCurrentProcess(), 1, &range, 0);
}

// Unlocking pages that are not locked takes them from the working set.
void afterimage_drop(int64_t address, int64_t bytes) { VirtualUnlock(pointer(address), bytes); }

int afterimage_reserve(const char* path, int64_t offset, int64_t bytes, int32_t* error) {
  const int file = open_file(path, _O_RDWR);
  if (file < 0) {
    *error = errno;
    return AFTERIMAGE_IO_ERROR;
  }
  const int64_t length = _filelengthi64(file);
  *error = length < 0 ? errno : length < offset + bytes ? _chsize_s(file, offset + bytes) : 0;
  _close(file);
  return *error == 0 ? AFTERIMAGE_OK : AFTERIMAGE_IO_ERROR;
}
