// Tests memory, tiers and cancellation.
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <filesystem>

#include "problem.h"

namespace test {
namespace {

Test allocation(
    "memory is zeroed and aligned, and impossible sizes are refused",
    [] {
      for (int64_t bytes : {int64_t{1}, int64_t{4097}, int64_t{2} << 20, (int64_t{5} << 20) + 3}) {
        int64_t address = 0;
        check(afterimage_allocate(bytes, &address) == AFTERIMAGE_OK, "allocating %lld", static_cast<long long>(bytes));
        check(address % (bytes >= 2 << 20 ? 2 << 20 : 64) == 0, "address %llx", static_cast<long long>(address));
        char* memory = reinterpret_cast<char*>(address);
        for (int64_t i = 0; i < bytes; i++) {
          if (memory[i] != 0) check(false, "byte %lld is not zero", static_cast<long long>(i));
        }
        memset(memory, 1, bytes);
        afterimage_release(address, bytes);
      }
      int64_t address = 7;
      check(afterimage_allocate(int64_t{1} << 60, &address) == AFTERIMAGE_NO_MEMORY, "an exbibyte was allocated");
      check(afterimage_allocate(INT64_MAX, &address) == AFTERIMAGE_NO_MEMORY, "everything was allocated");
      check(afterimage_allocate(0, &address) == AFTERIMAGE_NO_MEMORY, "nothing was allocated");
      check(address == 7, "a refused allocation changed the address");
    },
    true);

Test mapping(
    "whole files are mapped, and missing ones are refused",
    [] {
      std::string name = (std::filesystem::temp_directory_path() / "afterimage-runner-XXXXXX").string();
      const int file = mkstemp(name.data());
      const char* path = name.c_str();
      const char text[] = "afterimage";
      check(write(file, text, sizeof text) == sizeof text, "write failed");
      close(file);
      int64_t bytes = 0;
      int64_t address = 0;
      int32_t error = 0;
      check(afterimage_map(path, &bytes, &address, &error) == AFTERIMAGE_OK, "error %d", error);
      check(bytes == sizeof text, "%lld bytes", static_cast<long long>(bytes));
      check(memcmp(reinterpret_cast<char*>(address), text, sizeof text) == 0, "other bytes");
      afterimage_unmap(address, bytes);
      check(truncate(path, 0) == 0, "truncate failed");
      check(afterimage_map(path, &bytes, &address, &error) == AFTERIMAGE_OK && bytes == 0 && address == 0,
            "an empty file has %lld bytes", static_cast<long long>(bytes));
      unlink(path);
      check(afterimage_map(path, &bytes, &address, &error) == AFTERIMAGE_IO_ERROR && error == ENOENT, "error %d",
            error);
    },
    true);

Test tiers(
    "tiers have names, and a tier that does not exist is refused",
    [] {
      check(strcmp(afterimage_tier_name(0), "scalar") == 0, "tier 0 is %s", afterimage_tier_name(0));
      check(afterimage_tier_name(-1) == nullptr, "tier -1 has a name");
      int32_t count = 0;
      while (afterimage_tier_name(count) != nullptr) count++;
      check(afterimage_best_tier() < count, "best tier %d of %d", afterimage_best_tier(), count);
      check(afterimage_use_tier(count) == AFTERIMAGE_UNSUPPORTED, "tier %d was taken", count);
      check(afterimage_use_tier(-1) == AFTERIMAGE_UNSUPPORTED, "tier -1 was taken");
      check(afterimage_tier() == 0, "a refused tier is in use");
      check(afterimage_use_tier(afterimage_best_tier()) == AFTERIMAGE_OK, "the best tier was refused");
      check(afterimage_use_tier(0) == AFTERIMAGE_OK, "scalar was refused");
      afterimage_keys keys = float_keys(nullptr, nullptr, 0, 1);
      keys.type = 9;
      const afterimage_queries queries = {nullptr, nullptr, 0, 1};
      check(afterimage_class_sums(&keys, &queries, nullptr, 0, 1, nullptr, nullptr, nullptr, nullptr) ==
                AFTERIMAGE_UNSUPPORTED,
            "type 9 was taken");
    },
    true);

void* cancel_soon(void* flag) {
  usleep(5000);
  *static_cast<volatile int32_t*>(flag) = 1;
  return nullptr;
}

Test cancelled("a pass that is cancelled stops before its end", [] {
  // A pass that would take seconds.
  const int64_t count = 200000, dim = 64, batch = 512;
  std::vector<float> rows(count * dim, 0.125f), queries_rows(batch * dim, 0.125f), references(batch, 1), maxima(batch);
  std::vector<int32_t> labels(count, 0), best_rows(1);
  std::vector<double> sums(batch);
  std::vector<float> coefficients(batch, 1), gradient(batch * dim), best(batch);
  std::vector<int64_t> nearest_rows(batch, -1);
  for (float& score : best) score = -INFINITY;
  WorkspaceMemory workspace(afterimage_workspace_bytes(batch, dim, 1, 1, 1));
  const afterimage_keys keys = float_keys(rows.data(), labels.data(), count, dim);
  const afterimage_queries queries = {queries_rows.data(), references.data(), batch, dim};
  const float theta = 10;
  const std::function<int(const volatile int32_t*)> passes[] = {
      [&](const volatile int32_t* flag) {
        return afterimage_class_sums(&keys, &queries, &theta, 1, 1, workspace.data(), sums.data(), maxima.data(), flag);
      },
      [&](const volatile int32_t* flag) {
        return afterimage_nearest(&keys, &queries, 0, 1, workspace.data(), best.data(), nearest_rows.data(), flag);
      },
      [&](const volatile int32_t* flag) {
        return afterimage_gradient(&keys, &queries, theta, coefficients.data(), 1, workspace.data(), gradient.data(),
                                   flag);
      }};
  for (const auto& pass : passes) {
    const volatile int32_t set = 1;
    check(pass(&set) == AFTERIMAGE_CANCELLED, "a cancelled pass continued");
    int32_t flag = 0;
    pthread_t thread;
    pthread_create(&thread, nullptr, cancel_soon, &flag);
    const int status = pass(&flag);
    pthread_join(thread, nullptr);
    // A fast processor, or a busy one, may finish before the flag is set.
    check(status == AFTERIMAGE_OK || status == AFTERIMAGE_CANCELLED, "status %d", status);
  }
});

struct Cancellation {
  clockid_t clock;  // CPU time of the pass, which other processes do not use up
  double at;
  double set;
  volatile int32_t flag;
  volatile bool ended;

  double now() const {
    timespec time;
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }
};

void* cancel_at(void* argument) {
  Cancellation& cancellation = *static_cast<Cancellation*>(argument);
  while (cancellation.now() < cancellation.at && !cancellation.ended) usleep(100);
  cancellation.flag = 1;
  cancellation.set = cancellation.now();
  return nullptr;
}

Test cancelled_sums(
    "sums of many classes and thetas end within 20 ms of their cancellation",
    [] {
      afterimage_use_tier(afterimage_best_tier());
      constexpr int64_t kQueries = 32, kClasses = 2000, kThetas = 300;
      const Problem problem({kQueries, 2 * kClasses, 16, kClasses, AFTERIMAGE_INT8});
      std::vector<float> thetas(kThetas);
      for (int64_t t = 0; t < kThetas; t++) thetas[t] = 10 + 0.25f * static_cast<float>(t);
      WorkspaceMemory workspace(afterimage_workspace_bytes(kQueries, 16, kClasses, kThetas, 0));
      std::vector<double> sums(kQueries * kClasses * kThetas);
      std::vector<float> maxima(kQueries);
      const afterimage_keys keys = problem.keys();
      const afterimage_queries queries = problem.queries();
      Cancellation cancellation = {};
      pthread_getcpuclockid(pthread_self(), &cancellation.clock);
      const auto end_of_pass = [&] {
        afterimage_class_sums(&keys, &queries, thetas.data(), kThetas, kClasses, workspace.data(), sums.data(),
                              maxima.data(), &cancellation.flag);
        return cancellation.now();
      };
      double start = cancellation.now();
      const double whole = end_of_pass() - start;
      for (int part = 0; part < 16; part++) {
        start = cancellation.now();
        cancellation.flag = 0;
        cancellation.ended = false;
        cancellation.at = start + whole * part / 16;
        pthread_t thread;
        pthread_create(&thread, nullptr, cancel_at, &cancellation);
        const double end = end_of_pass();
        cancellation.ended = true;
        pthread_join(thread, nullptr);
        check(end - cancellation.set <= 0.02, "a pass of %.0f ms took %.0f ms more, cancelled after %.0f", 1e3 * whole,
              1e3 * (end - cancellation.set), 1e3 * (cancellation.set - start));
      }
    },
    true);

}  // namespace
}  // namespace test
