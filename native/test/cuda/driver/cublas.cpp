// The part of cuBLAS that the engine "cuda" calls, on the host, in plain loops. It refuses the calls that cuBLAS may
// refuse.
#include <stdint.h>
#include <string.h>

#include <functional>

#include "../../../cuda/device.h"

namespace {

// Values of cublas_api.h and library_types.h.
constexpr int kSuccess = 0;
constexpr int kInvalidValue = 7;
constexpr int kNotSupported = 15;
constexpr int kFloat = 0;
constexpr int kHalf = 2;
constexpr int kInt8Type = 3;
constexpr int kInt32Type = 10;
constexpr int kBfloat = 14;
constexpr int kCompute32F = 68;
constexpr int kCompute32I = 72;
constexpr int kComputeTf32 = 77;

double element(const void* matrix, int type, int64_t place) {
  switch (type) {
    case kFloat:
      return static_cast<const float*>(matrix)[place];
    case kHalf:
      return half_to_float(static_cast<const uint16_t*>(matrix)[place]);
    case kBfloat:
      return bfloat_to_float(static_cast<const uint16_t*>(matrix)[place]);
    default:
      return static_cast<const int8_t*>(matrix)[place];
  }
}

}  // namespace

extern "C" {

// Defined in cuda_driver.cpp.
void stand_in_queue(void* stream, void (*work)(void*), void* argument);

// A handle holds the stream that it works on.
int cublasCreate_v2(void** created) { return *created = new void*, kSuccess; }
int cublasDestroy_v2(void* handle) { return delete static_cast<void**>(handle), kSuccess; }
int cublasSetStream_v2(void* handle, void* stream) { return *static_cast<void**>(handle) = stream, kSuccess; }
int cublasSetWorkspace_v2(void*, void* workspace, size_t) { return workspace == nullptr ? kInvalidValue : kSuccess; }
const char* cublasGetStatusString(int status) { return status == kNotSupported ? "not supported" : "invalid value"; }

int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a,
                 int type_a, int lda, const void* b, int type_b, int ldb, const void* beta, void* c, int type_c,
                 int ldc, int compute, int) {
  const bool integers = type_a == kInt8Type;
  if (transpose_b != 0 || type_a != type_b || m <= 0 || n <= 0 || k <= 0 || ldc < m || ldb < k ||
      lda < (transpose_a != 0 ? k : m)) {
    return kInvalidValue;
  }
  if (integers ? compute != kCompute32I || type_c != kInt32Type || m % 4 != 0 || k % 4 != 0 || lda % 4 != 0 ||
                     ldb % 4 != 0 || ldc % 4 != 0 || n <= 16
               : (compute != kCompute32F && compute != kComputeTf32) || type_c != kFloat) {
    return kNotSupported;
  }
  // Scalars on the host are read now, matrices when the stream reaches this call.
  const int32_t int_alpha = integers ? *static_cast<const int32_t*>(alpha) : 0;
  const float float_alpha = integers ? 0 : *static_cast<const float*>(alpha);
  const float float_beta = integers ? 0 : *static_cast<const float*>(beta);
  auto* work = new std::function<void()>([=] {
    for (int column = 0; column < n; column++) {
      for (int row = 0; row < m; row++) {
        double sum = 0;
        for (int i = 0; i < k; i++) {
          const int64_t place =
              transpose_a != 0 ? static_cast<int64_t>(row) * lda + i : static_cast<int64_t>(i) * lda + row;
          sum += element(a, type_a, place) * element(b, type_b, static_cast<int64_t>(column) * ldb + i);
        }
        const int64_t place = static_cast<int64_t>(column) * ldc + row;
        if (integers) {
          static_cast<int32_t*>(c)[place] = static_cast<int32_t>(sum) * int_alpha;
        } else {
          float* target = static_cast<float*>(c) + place;
          *target = static_cast<float>(sum * float_alpha + (float_beta == 0 ? 0 : float_beta * *target));
        }
      }
    }
  });
  stand_in_queue(
      *static_cast<void**>(handle),
      [](void* argument) {
        auto* queued = static_cast<std::function<void()>*>(argument);
        (*queued)();
        delete queued;
      },
      work);
  return kSuccess;
}

}  // extern "C"
