// Lets system calls on the files of one folder fail, return short or report an error after their effect, and records what they
// did. SystemCallsTest compiles it, preloads it into a process, and reads the records there. Calls that force do not wait for the
// disk: no power is lost in that process.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

// As in SystemCalls.java.
enum call { CREATE, OPEN, WRITE, FORCE, TRUNCATE, RESERVE, RENAME, LINK, UNLINK, READ, FORCE_FAILED };
enum fault { NONE, FAILS, FAILS_LATE, SHORT };

// The file $AFTERIMAGE_CALLS: the test sets what fails, this library counts and appends the records.
struct control {
  int32_t on;
  int32_t fault;
  int32_t calls;  // a bit for each call that counts
  int32_t first;  // number of the first that fails
  int32_t count;  // how many fail from it on
  int32_t counted;
  int32_t failed;
  int32_t full;  // whether a record did not fit
  int64_t end;   // bytes of the records
  char records[];
};

struct record {
  int32_t call, file;
  int64_t offset, bytes;
  int32_t name_bytes, to_bytes;
};

enum { MAX_FILES = 1 << 16, RECORDS = 256 << 20 };

static struct control* control;
static const char* folder;
static char inside[MAX_FILES];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char* path = getenv("AFTERIMAGE_CALLS");
  folder = getenv("AFTERIMAGE_CALLS_FOLDER");
  if (path == NULL || folder == NULL) return;
  int file = syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
  void* map = mmap(NULL, RECORDS, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  syscall(SYS_close, file);
  control = map == MAP_FAILED ? NULL : map;
}

// Returns the name in the folder, "" for the folder itself, or NULL.
static const char* name_of(const char* path) {
  if (control == NULL || !control->on || path == NULL) return NULL;
  size_t length = strlen(folder);
  if (strncmp(path, folder, length) != 0) return NULL;
  return path[length] == '/' ? path + length + 1 : path[length] == 0 ? "" : NULL;
}

static int is_inside(int file) { return file >= 0 && file < MAX_FILES && inside[file] && control->on; }

static enum fault next(enum call call) {
  if (!(control->calls >> call & 1)) return NONE;
  int number = control->counted++;
  if (number < control->first || number - control->first >= control->count) return NONE;
  control->failed++;
  return control->fault;
}

static void note(enum call call, int file, int64_t offset, int64_t bytes, const char* name, const char* to, const void* data) {
  struct record record = {call, file, offset, bytes, strlen(name), strlen(to)};
  int64_t needed = sizeof record + record.name_bytes + record.to_bytes + (data == NULL ? 0 : bytes);
  if ((int64_t)sizeof(struct control) + control->end + needed > RECORDS) {
    control->full = 1;
    return;
  }
  char* at = control->records + control->end;
  memcpy(at, &record, sizeof record);
  at += sizeof record;
  memcpy(at, name, record.name_bytes);
  at += record.name_bytes;
  memcpy(at, to, record.to_bytes);
  if (data != NULL) memcpy(at + record.to_bytes, data, bytes);
  control->end += needed;
}

// The end of every call: the result, or an error.
static long ended(enum fault fault, long result) {
  int error = fault == FAILS || fault == FAILS_LATE ? EIO : errno;
  pthread_mutex_unlock(&mutex);
  errno = error;
  return fault == FAILS || fault == FAILS_LATE ? -1 : result;
}

static int opened(const char* path, int flags, mode_t mode) {
  const char* name = name_of(path);
  if (name == NULL) {
    int other = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (other >= 0 && other < MAX_FILES) inside[other] = 0;  // closedir closes a folder unseen
    return other;
  }
  pthread_mutex_lock(&mutex);
  int creates = flags & O_CREAT && syscall(SYS_faccessat, AT_FDCWD, path, F_OK) != 0;
  enum fault fault = creates ? next(CREATE) : NONE;
  if (fault == FAILS) return ended(fault, -1);
  int file = syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= 0) {
    note(creates ? CREATE : OPEN, file, 0, 0, name, "", NULL);
    if (flags & O_TRUNC) note(TRUNCATE, file, 0, 0, "", "", NULL);
    if (file < MAX_FILES) inside[file] = 1;
  }
  if (fault == FAILS_LATE && file >= 0) {
    inside[file] = 0;
    syscall(SYS_close, file);
  }
  return ended(fault, file);
}

#define MODE(flags, mode)        \
  mode_t mode = 0;               \
  if ((flags) & O_CREAT) {       \
    va_list more;                \
    va_start(more, flags);       \
    mode = va_arg(more, mode_t); \
    va_end(more);                \
  }

int open(const char* path, int flags, ...) {
  MODE(flags, mode)
  return opened(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  MODE(flags, mode)
  return opened(path, flags, mode);
}

int close(int file) {
  if (file >= 0 && file < MAX_FILES) inside[file] = 0;
  return syscall(SYS_close, file);
}

int dup2(int from, int to) {
  if (from == to) return from;
  if (to >= 0 && to < MAX_FILES) inside[to] = 0;
  return syscall(SYS_dup3, from, to, 0);
}

static ssize_t transfer(enum call call, int file, void* data, size_t bytes, off_t at) {
  long whole = call == WRITE ? SYS_write : SYS_read;
  long positioned = call == WRITE ? SYS_pwrite64 : SYS_pread64;
  if (!is_inside(file)) return at < 0 ? syscall(whole, file, data, bytes) : syscall(positioned, file, data, bytes, at);
  pthread_mutex_lock(&mutex);
  enum fault fault = next(call);
  if (fault == FAILS) return ended(fault, -1);
  if (fault == SHORT) bytes = (bytes + 1) / 2;
  off_t offset = at < 0 ? lseek(file, 0, SEEK_CUR) : at;
  ssize_t moved = at < 0 ? syscall(whole, file, data, bytes) : syscall(positioned, file, data, bytes, at);
  if (call == WRITE && moved > 0) note(WRITE, file, offset, moved, "", "", data);
  return ended(fault, moved);
}

ssize_t write(int file, const void* data, size_t bytes) { return transfer(WRITE, file, (void*)data, bytes, -1); }
ssize_t pwrite64(int file, const void* data, size_t bytes, off_t at) { return transfer(WRITE, file, (void*)data, bytes, at); }
ssize_t read(int file, void* data, size_t bytes) { return transfer(READ, file, data, bytes, -1); }
ssize_t pread64(int file, void* data, size_t bytes, off_t at) { return transfer(READ, file, data, bytes, at); }

// Only the first part, which a caller has to expect.
ssize_t writev(int file, const struct iovec* parts, int count) {
  if (!is_inside(file)) return syscall(SYS_writev, file, parts, count);
  int first = 0;
  while (first < count - 1 && parts[first].iov_len == 0) first++;
  return transfer(WRITE, file, parts[first].iov_base, parts[first].iov_len, -1);
}

static int forced(int file, long number) {
  if (!is_inside(file)) return syscall(number, file);
  pthread_mutex_lock(&mutex);
  enum fault fault = next(FORCE);
  note(fault == FAILS ? FORCE_FAILED : FORCE, file, 0, 0, "", "", NULL);
  return ended(fault, 0);
}

int fsync(int file) { return forced(file, SYS_fsync); }
int fdatasync(int file) { return forced(file, SYS_fdatasync); }

int ftruncate64(int file, off_t bytes) {
  if (!is_inside(file)) return syscall(SYS_ftruncate, file, bytes);
  pthread_mutex_lock(&mutex);
  enum fault fault = next(TRUNCATE);
  if (fault == FAILS) return ended(fault, -1);
  int result = syscall(SYS_ftruncate, file, bytes);
  if (result == 0) note(TRUNCATE, file, bytes, 0, "", "", NULL);
  return ended(fault, result);
}

int ftruncate(int file, off_t bytes) { return ftruncate64(file, bytes); }

int posix_fallocate(int file, off_t from, off_t bytes) {
  if (!is_inside(file)) return syscall(SYS_fallocate, file, 0, from, bytes) == 0 ? 0 : errno;
  pthread_mutex_lock(&mutex);
  enum fault fault = next(RESERVE);
  if (fault == FAILS) return ended(fault, -1) == 0 ? 0 : errno;
  int result = syscall(SYS_fallocate, file, 0, from, bytes);
  if (result == 0) note(RESERVE, file, from + bytes, 0, "", "", NULL);
  return ended(fault, result) == 0 ? 0 : errno;
}

static int named(enum call call, const char* from, const char* to) {
  const char* name = name_of(from);
  const char* other = name_of(to);
  int both = name != NULL && (call == UNLINK || other != NULL);
  if (both) pthread_mutex_lock(&mutex);
  enum fault fault = both ? next(call) : NONE;
  if (fault == FAILS) return ended(fault, -1);
  int result = call == RENAME ? syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0)
               : call == LINK ? syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0)
                              : syscall(SYS_unlinkat, AT_FDCWD, from, 0);
  if (!both) return result;
  if (result == 0) note(call, 0, 0, 0, name, other == NULL ? "" : other, NULL);
  return ended(result == 0 ? fault : NONE, result);
}

int rename(const char* from, const char* to) { return named(RENAME, from, to); }
int link(const char* from, const char* to) { return named(LINK, from, to); }
int unlink(const char* path) { return named(UNLINK, path, NULL); }
