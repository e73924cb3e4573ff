// The part of cuBLAS that the engine "cuda" calls, on the host, in plain loops. It refuses the calls that cuBLAS may
// refuse, and rounds as a card does: float32 products are added in one float32 chain, those of 16-bit types as tensor
// cores add them.
#include <math.h>
#include <stdint.h>
#include <string.h>

#include <algorithm>
#include <functional>
#include <vector>

#include "../../../cuda/device.h"
#include "stand_in.h"

namespace {

// Values of cublas_api.h and library_types.h.
constexpr int kSuccess = 0;
constexpr int kNotInitialized = 1;
constexpr int kAllocFailed = 3;
constexpr int kInvalidValue = 7;
constexpr int kNotSupported = 15;
constexpr int kFloat = 0;
constexpr int kHalf = 2;
constexpr int kInt8Type = 3;
constexpr int kInt32Type = 10;
constexpr int kBfloat = 14;
constexpr int kCompute32F = 68;
constexpr int kCompute32I = 72;
// A fault that makes a product wrong, see stand_in::fault.
constexpr int kWrong = -1;

struct Handle {
  void* stream = nullptr;
  void* workspace = nullptr;
};

// A matrix with `rows` elements from one column to the next used, and `pitch` of them stored.
struct Matrix {
  const void* elements;
  int type, rows, columns, pitch;

  int element_bytes() const { return type == kInt8Type ? 1 : type == kFloat || type == kInt32Type ? 4 : 2; }
  stand_in::Range range() const {
    return {reinterpret_cast<uintptr_t>(elements),
            (static_cast<size_t>(columns - 1) * pitch + rows) * element_bytes()};
  }
  bool on_device() const { return stand_in_on_device(elements, range().bytes) != 0; }
  double at(int64_t place) const {
    switch (type) {
      case kFloat:
        return static_cast<const float*>(elements)[place];
      case kHalf:
        return half_to_float(static_cast<const uint16_t*>(elements)[place]);
      case kBfloat:
        return bfloat_to_float(static_cast<const uint16_t*>(elements)[place]);
      default:
        return static_cast<const int8_t*>(elements)[place];
    }
  }
  // Each column, or each row if the matrix is not transposed, in one piece: (columns, rows) or (rows, columns).
  std::vector<double> pieces(bool by_column) const {
    const int outer = by_column ? columns : rows;
    const int inner = by_column ? rows : columns;
    std::vector<double> all(static_cast<size_t>(outer) * inner);
    for (int i = 0; i < outer; i++) {
      for (int j = 0; j < inner; j++) {
        all[static_cast<size_t>(i) * inner + j] = at(static_cast<int64_t>(by_column ? i : j) * pitch + (by_column ? j : i));
      }
    }
    return all;
  }
};

// The nearest number of 10 explicit bits.
float to_tf32(float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffu;
  memcpy(&value, &bits, sizeof value);
  return value;
}

// The sum of k products. A card has kernels for wide and for narrow tiles, which add in different orders.
float sum_of_products(int type, int k, bool wide, const double* a, const double* b) {
  float sum = 0;
  const auto place = [&](int i) { return wide ? i : k - 1 - i; };
  if (type == kFloat) {
    // Exact in double, so that the sum is rounded once, nearly always as a fused multiply-add does.
    for (int i = 0; i < k; i++) sum = static_cast<float>(a[place(i)] * b[place(i)] + sum);
    return sum;
  }
  for (int first = 0; first < k; first += 8) {
    double products[8];
    const int count = std::min(8, k - first);
    for (int i = 0; i < count; i++) products[i] = a[place(first + i)] * b[place(first + i)];
    sum = tensor_core_sum(sum, products, count);
  }
  return sum;
}

}  // namespace

extern "C" {

int cublasCreate_v2(void** created) {
  if (stand_in_ready() == 0) return kNotInitialized;
  return *created = new Handle, kSuccess;
}
int cublasDestroy_v2(void* handle) {
  if (stand_in_ready() == 0) return kNotInitialized;
  return delete static_cast<Handle*>(handle), kSuccess;
}
// As in cuBLAS, a new stream takes the workspace away.
int cublasSetStream_v2(void* handle, void* stream) {
  if (stand_in_ready() == 0) return kNotInitialized;
  *static_cast<Handle*>(handle) = {stream, nullptr};
  return kSuccess;
}
int cublasSetWorkspace_v2(void* handle, void* workspace, size_t bytes) {
  if (stand_in_ready() == 0) return kNotInitialized;
  if (stand_in_on_device(workspace, bytes) == 0) return kInvalidValue;
  static_cast<Handle*>(handle)->workspace = workspace;
  return kSuccess;
}
const char* cublasGetStatusString(int status) {
  switch (status) {
    case kNotInitialized:
      return "not initialized";
    case kAllocFailed:
      return "allocation failed";
    case kNotSupported:
      return "not supported";
    default:
      return "invalid value";
  }
}

int cublasGemmEx(void* handle, int transpose_a, int transpose_b, int m, int n, int k, const void* alpha, const void* a,
                 int type_a, int lda, const void* b, int type_b, int ldb, const void* beta, void* c, int type_c,
                 int ldc, int compute, int) {
  if (stand_in_ready() == 0) return kNotInitialized;
  const int fault = stand_in_fault("cublasGemmEx");
  if (fault > 0) return fault;
  const Handle& mine = *static_cast<Handle*>(handle);
  const bool integers = type_a == kInt8Type;
  if (transpose_b != 0 || type_a != type_b || m <= 0 || n <= 0 || k <= 0 || ldc < m || ldb < k ||
      lda < (transpose_a != 0 ? k : m) || mine.workspace == nullptr) {
    return kInvalidValue;
  }
  if (integers ? compute != kCompute32I || type_c != kInt32Type || m % 4 != 0 || k % 4 != 0 || lda % 4 != 0 ||
                     ldb % 4 != 0 || ldc % 4 != 0 || n <= 16
               : compute != kCompute32F || type_c != kFloat) {
    return kNotSupported;
  }
  const Matrix left = {a, type_a, transpose_a != 0 ? k : m, transpose_a != 0 ? m : k, lda};
  const Matrix right = {b, type_b, k, n, ldb};
  const Matrix product = {c, type_c, m, n, ldc};
  // Scalars on the host are read now, matrices when the stream reaches this call.
  const int32_t int_alpha = integers ? *static_cast<const int32_t*>(alpha) : 0;
  const float float_alpha = integers ? 0 : *static_cast<const float*>(alpha);
  const float float_beta = integers ? 0 : *static_cast<const float*>(beta);
  const bool scores = type_a == kFloat && transpose_a != 0;
  const bool tf32 = scores && stand_in_mutated("float32_is_rounded_to_tf32") != 0;
  const bool replaces = float_beta == 0 || (scores && stand_in_mutated("a_chunk_replaces_the_sum") != 0);
  auto* work = new std::function<void()>([=] {
    if (!left.on_device() || !right.on_device() || !product.on_device()) return stand_in_poison();
    std::vector<double> lefts = left.pieces(transpose_a != 0);
    std::vector<double> rights = right.pieces(true);
    for (std::vector<double>* values : {&lefts, &rights}) {
      for (double& value : *values) {
        if (tf32) value = to_tf32(static_cast<float>(value));
      }
    }
    for (int column = 0; column < n; column++) {
      for (int row = 0; row < m; row++) {
        const double* a_row = lefts.data() + static_cast<size_t>(row) * k;
        const double* b_column = rights.data() + static_cast<size_t>(column) * k;
        const int64_t place = static_cast<int64_t>(column) * ldc + row;
        if (integers) {
          int32_t sum = 0;
          for (int i = 0; i < k; i++) sum += static_cast<int32_t>(a_row[i]) * static_cast<int32_t>(b_column[i]);
          static_cast<int32_t*>(c)[place] = sum * int_alpha;
        } else {
          float* target = static_cast<float*>(c) + place;
          const float sum = sum_of_products(type_a, k, m % 128 == 0, a_row, b_column);
          *target = sum * float_alpha + (replaces ? 0 : float_beta * *target);
        }
      }
    }
    if (fault == kWrong) static_cast<uint8_t*>(c)[2] ^= 0x40;
  });
  const stand_in::Range uses[] = {left.range(), right.range(), product.range()};
  stand_in_queue(
      mine.stream, uses, 3,
      [](void* argument) {
        auto* queued = static_cast<std::function<void()>*>(argument);
        (*queued)();
        delete queued;
      },
      work);
  return kSuccess;
}

}  // extern "C"
