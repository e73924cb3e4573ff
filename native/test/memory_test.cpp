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

Test cancelled(
    "a pass ends within 20 ms of its cancellation",
    [] {
      afterimage_use_tier(afterimage_best_tier());
      // Most of the time of class sums is that of clearing the sums and adding them to the answer.
      const int64_t batch = 32, classes = 2000, dim = 16;
      const Problem problem({batch, 2 * classes, dim, classes, AFTERIMAGE_INT8});
      std::vector<float> thetas(300), coefficients(batch * classes, 1), gradient(batch * dim), best(batch, -INFINITY),
          maxima(batch);
      for (size_t t = 0; t < thetas.size(); t++) thetas[t] = 10 + 0.25f * static_cast<float>(t);
      WorkspaceMemory workspace(afterimage_workspace_bytes(batch, dim, classes, thetas.size(), 1));
      std::vector<double> sums(batch * classes * thetas.size());
      std::vector<int64_t> rows(batch, -1);
      const afterimage_keys keys = problem.keys();
      const afterimage_queries queries = problem.queries();
      Cancellation cancellation = {};
      pthread_getcpuclockid(pthread_self(), &cancellation.clock);
      const volatile int32_t* flag = &cancellation.flag;
      const std::function<int()> passes[] = {
          [&] {
            return afterimage_class_sums(&keys, &queries, thetas.data(), thetas.size(), classes, workspace.data(),
                                         sums.data(), maxima.data(), flag);
          },
          [&] { return afterimage_nearest(&keys, &queries, 0, 1, workspace.data(), best.data(), rows.data(), flag); },
          [&] {
            return afterimage_gradient(&keys, &queries, 10, coefficients.data(), classes, workspace.data(),
                                       gradient.data(), flag);
          }};
      for (const auto& pass : passes) {
        cancellation.flag = 1;
        check(pass() == AFTERIMAGE_CANCELLED, "a cancelled pass continued");
        cancellation.flag = 0;
        double start = cancellation.now();
        pass();
        const double whole = cancellation.now() - start;
        for (int part = 0; part < 16; part++) {
          cancellation.flag = 0;
          cancellation.ended = false;
          start = cancellation.now();
          cancellation.at = start + whole * part / 16;
          pthread_t thread;
          pthread_create(&thread, nullptr, cancel_at, &cancellation);
          pass();
          const double end = cancellation.now();
          cancellation.ended = true;
          pthread_join(thread, nullptr);
          check(end - cancellation.set <= 0.02, "a pass of %.0f ms took %.0f ms more, cancelled after %.0f", 1e3 * whole,
                1e3 * (end - cancellation.set), 1e3 * (cancellation.set - start));
        }
      }
    },
    true);

}  // namespace
}  // namespace test
