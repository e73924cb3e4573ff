// Measures and prints errors: of the exponential, and of p for each type. The tests check the documented bounds.
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#include "problem.h"

namespace test {
namespace {

// Class sums with one key per class: exp(theta (s - reference)) itself.
std::vector<double> exponentials(const std::vector<float>& scores, float reference, const std::vector<float>& thetas) {
  const int64_t count = static_cast<int64_t>(scores.size());
  std::vector<int32_t> labels(count);
  for (int64_t k = 0; k < count; k++) labels[k] = static_cast<int32_t>(k);
  WorkspaceMemory workspace(afterimage_workspace_bytes(1, 0, count, static_cast<int64_t>(thetas.size()), 0));
  std::vector<double> sums(count * thetas.size());
  float maximum = -INFINITY;
  const afterimage_keys keys = float_keys(nullptr, labels.data(), count, 1);
  afterimage_class_sums_of_scores(scores.data(), 1, &keys, &reference, 1, thetas.data(),
                                  static_cast<int64_t>(thetas.size()), count, workspace.data(), sums.data(), &maximum);
  return sums;
}

double largest_relative_error(const std::vector<float>& scores, float reference, const std::vector<float>& thetas) {
  const std::vector<double> sums = exponentials(scores, reference, thetas);
  double largest = 0;
  for (size_t t = 0; t < thetas.size(); t++) {
    // The rounding of the base-2 exponent to float32 grows with the exponent; the error of the polynomial does not.
    for (size_t k = 0; k < scores.size(); k++) {
      const double exponent = static_cast<double>(thetas[t]) * (static_cast<double>(scores[k]) - reference);
      const double expected = exp(exponent);
      const double error = fabs(sums[t * scores.size() + k] - expected) / expected / (1 + fabs(exponent));
      if (!(error <= largest)) largest = error;
    }
  }
  return largest;
}

Test exponential("the exponential is right to a few units in the last place", [] {
  std::vector<float> scores;
  for (int i = 0; i < 20000; i++) scores.push_back(static_cast<float>(i) / 20000);
  const double near = largest_relative_error(scores, 0, {1});
  const double wide = largest_relative_error(scores, 1, {60});
  const double large = largest_relative_error(scores, 0, {80});
  note("relative error of exp near 0: %.2f ulp, down to e^-60: %.2f, up to e^80: %.2f (per 1 + |x|)", near * 0x1p23,
       wide * 0x1p23, large * 0x1p23);
  check(near <= 2e-7 && wide <= 2e-7 && large <= 2e-7, "too large");
});

Test chain("the ratio recurrence stays within a few units more", [] {
  std::vector<float> scores, thetas;
  for (int i = 0; i < 5000; i++) scores.push_back(static_cast<float>(i) / 5000);
  for (int t = 0; t < 33; t++) thetas.push_back(10 + 1.5f * static_cast<float>(t));
  const double error = largest_relative_error(scores, 1, thetas);
  note("relative error of 33 thetas: %.2f ulp (per 1 + |x|)", error * 0x1p23);
  check(error <= 2e-6, "too large");
});

Test extremes("exponents far beyond float32 give zero or infinity, never NaN", [] {
  const std::vector<float> scores = {-1, -0.5f, 0, 0.5f, 1, 1.0000001f};
  for (const std::vector<float>& thetas :
       {std::vector<float>{1000}, std::vector<float>{1e30f}, std::vector<float>{0, 500, 1000, 1500, 2000}}) {
    for (float reference : {-1.0f, 0.0f, 1.0f}) {
      const std::vector<double> sums = exponentials(scores, reference, thetas);
      for (size_t i = 0; i < sums.size(); i++) {
        const double exponent = static_cast<double>(thetas[i / scores.size()]) *
                                (static_cast<double>(scores[i % scores.size()]) - reference);
        check(sums[i] >= 0 && (exponent >= 88.7 || sums[i] <= 3.5e38) && (exponent <= 88.8 || sums[i] >= 3.4e38) &&
                  (exponent >= -70 || sums[i] == 0),
              "exp(%g) is %g", exponent, sums[i]);
      }
    }
  }
});

// The control register of floating point, without its flags.
#if defined(__x86_64__)
constexpr uint64_t kFlushToZero = 0x8040;  // denormal results and operands are zero
uint64_t control_register() { return _mm_getcsr() & 0xffc0; }
void set_control_register(uint64_t control) { _mm_setcsr(static_cast<unsigned>(control)); }
#elif defined(__aarch64__)
constexpr uint64_t kFlushToZero = uint64_t{1} << 24;
uint64_t control_register() {
  uint64_t control;
  asm volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
void set_control_register(uint64_t control) { asm volatile("msr fpcr, %0" : : "r"(control) : "memory"); }
#else
constexpr uint64_t kFlushToZero = 0;
uint64_t control_register() { return 0; }
void set_control_register(uint64_t) {}
#endif

Test tiny("tiny values do not depend on the control register", [] {
  std::vector<float> scores;
  for (int i = 0; i < 2000; i++) scores.push_back(-static_cast<float>(i) / 2000);
  Problem problem({9, 100, 50, 5, AFTERIMAGE_FLOAT32});
  for (float& reference : problem.references) reference = 2;
  const uint64_t control = control_register();
  const std::vector<double> single = exponentials(scores, 0, {100});
  const std::vector<double> list = exponentials(scores, 0, {80, 90, 100, 110, 120});
  const Answer before = class_sums(problem, {60, 70, 80, 90, 100});
  set_control_register(control | kFlushToZero);
  const std::vector<double> single_flushed = exponentials(scores, 0, {100});
  const std::vector<double> list_flushed = exponentials(scores, 0, {80, 90, 100, 110, 120});
  const Answer flushed = class_sums(problem, {60, 70, 80, 90, 100});
  const uint64_t after = control_register();
  set_control_register(control);
  check(after == (control | kFlushToZero), "the control register was changed");
  check(single == single_flushed && list == list_flushed, "exponentials differ");
  check(before.sums == flushed.sums && before.maxima == flushed.maxima, "sums differ");
});

// Clusters with random labels: p is far from 0 and 1 and sensitive to every rounding, in proportion to theta.
void measure(int64_t dim, int32_t type) {
  Problem problem({40, 400, dim, 10, type});
  for (int32_t& label : problem.labels) label = static_cast<int32_t>(between(0, 9));
  // The reference that engines use: exponents between -40 and 50 at the greater theta.
  for (float& reference : problem.references) reference = 40.0f / 90;
  const std::vector<float> thetas = {10, 90};
  const Answer answer = class_sums(problem, thetas);
  const std::vector<double> rounded = reference_sums(problem, problem.scores(true), thetas);
  const std::vector<double> exact = reference_sums(problem, problem.scores(false), thetas);
  const int64_t half = 40 * 10;
  double kernel[2], queries[2];
  for (int t = 0; t < 2; t++) {
    const std::vector<double> p = normalized(answer.sums.data() + t * half, 40, 10);
    kernel[t] = largest_difference(p, normalized(rounded.data() + t * half, 40, 10));
    queries[t] = largest_difference(p, normalized(exact.data() + t * half, 40, 10));
  }
  // Fewer queries are scored by other kernels.
  double few = 0;
  std::vector<double> expected = normalized(rounded.data() + half, 40, 10);
  for (int64_t batch : {32, 16, 8, 4, 3, 2, 1}) {
    problem.shape.batch = batch;
    expected.resize(batch * 10);
    few = fmax(few, largest_difference(normalized(class_sums(problem, {90}).sums.data(), batch, 10), expected));
  }
  note(
      "%-8s d=%-5lld |dp| of the kernel %.1e (theta 10) %.1e (90), for fewer queries %.1e; with the rounding of "
      "queries %.1e %.1e",
      type_name(type), static_cast<long long>(dim), kernel[0], kernel[1], few, queries[0], queries[1]);
  check(kernel[0] <= 1e-6 && kernel[1] <= 1e-5 && few <= 1e-5, "%s: too large", type_name(type));
}

Test probabilities("p is within its bound for every type", [] {
  for (int64_t dim : {192, 2048, 12288}) {
    for (int32_t type : kTypes) measure(dim, type);
  }
});

// One problem in some hundreds was off by more with sums of 256 products.
Test sums("p of 300 problems is within its bound at theta 10", [] {
  for (int64_t dim : {144, 192, 512}) {
    double error = 0;
    for (int draw = 0; draw < 100; draw++) {
      Problem problem({42, 21, dim, 5, AFTERIMAGE_FLOAT32});
      problem.use_own_maxima();
      const std::vector<double> expected =
          normalized(reference_sums(problem, problem.scores(false), {10}).data(), 42, 5);
      error = fmax(error, largest_difference(normalized(class_sums(problem, {10}).sums.data(), 42, 5), expected));
    }
    note("d=%-5lld |dp| %.1e", static_cast<long long>(dim), error);
    check(error <= 8e-7, "d=%lld: too large", static_cast<long long>(dim));
  }
});

// A few elements make up most of such a row, and their products most of a score: rounding errors do not cancel.
Test uneven("p is within its bound if elements of a key differ by powers of ten", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16}) {
    for (int64_t dim : {2, 33, 192, 2048}) {
      Problem problem({40, 300, dim, 10, type});
      std::vector<float> factors(dim);
      for (float& factor : factors) factor = static_cast<float>(pow(10, -static_cast<double>(between(0, 6))));
      auto scale = [&](float* rows, int64_t count) {
        for (int64_t i = 0; i < count * dim; i++) rows[i] *= factors[i % dim];
        afterimage_normalize(rows, count, dim);
      };
      scale(problem.loaded.data(), 300);
      problem.store_loaded();
      scale(problem.query_rows.data(), 40);
      for (int32_t& label : problem.labels) label = static_cast<int32_t>(between(0, 9));
      for (float& reference : problem.references) reference = 40.0f / 90;
      const std::vector<double> expected =
          normalized(reference_sums(problem, problem.scores(true), {90}).data(), 40, 10);
      const double error = largest_difference(normalized(class_sums(problem, {90}).sums.data(), 40, 10), expected);
      note("%-8s d=%-5lld |dp| %.1e", type_name(type), static_cast<long long>(dim), error);
      check(error <= 1e-5, "%s d=%lld: too large", type_name(type), static_cast<long long>(dim));
    }
  }
});

// All products are nearly equal, so rounding errors have one direction and grow with the number of elements. The bound
// for rows of activations does not hold.
double error_of_equal_elements(const Shape& shape) {
  Problem problem(shape);
  const auto draw = [&](float* row) {
    const float value = static_cast<float>(1 + 0.1 * uniform());
    const int64_t first = between(0, shape.dim);
    for (int64_t i = 0; i < shape.dim; i++) row[i] = i < first ? value : 1;
    afterimage_normalize(row, 1, shape.dim);
  };
  for (int64_t k = 0; k < shape.count; k++) {
    problem.labels[k] = static_cast<int32_t>(k);
    draw(problem.loaded.data() + k * shape.dim);
  }
  problem.store_loaded();
  for (int64_t b = 0; b < shape.batch; b++) draw(problem.query_rows.data() + b * shape.dim);
  problem.use_own_maxima();
  const std::vector<double> expected = reference_sums(problem, problem.scores(true), {90});
  return largest_difference(normalized(class_sums(problem, {90}).sums.data(), shape.batch, shape.classes),
                            normalized(expected.data(), shape.batch, shape.classes));
}

Test equal_elements("p is close if thousands of elements are equal", [] {
  for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_FLOAT16}) {
    double many = 0, two = 0;
    for (int64_t batch : {1, 2, 3, 4, 8, 16, 24, 40}) {
      many = fmax(many, error_of_equal_elements({batch, 40, 12288, 40, type}));
      for (int draw = 0; draw < 5; draw++) two = fmax(two, error_of_equal_elements({batch, 2, 25088, 2, type}));
    }
    note("%-8s |dp| among 40 keys %.1e, between two %.1e", type_name(type), many, two);
    check(many <= 2e-5 && two <= 3e-4, "%s: too large", type_name(type));
  }
});

}  // namespace
}  // namespace test
