// The benchmark of a pass over a sketch of keys.
#include <algorithm>

#include "bench.h"

namespace test {
namespace {

// A sketch of keys, and the estimates of a batch. Codes and queries are random: the time depends on the share of the
// keys that count, which theta sets, and not on values.
class SketchPass {
 public:
  SketchPass(int64_t count, int64_t components, int64_t batch)
      : rows_(count * components / 4 + kPaddingBytes),
        scales_(count),
        labels_(count),
        sketch_{.rows = rows_.data(), .scales = scales_.data(), .deviations = kDeviations, .components = components},
        queries_(batch * components),
        workspace_(afterimage_sketch_estimates_bytes(batch, components)),
        references_(batch),
        sums_(batch * kClasses),
        drawn_(2 * kPlaces),
        terms_(2 * kPlaces),
        survey_(batch * afterimage_surveyed_keys(count)),
        surveyed_labels_(afterimage_surveyed_keys(count)),
        rates_(batch * kClasses),
        estimates_(batch),
        keys_{},
        asked_{queries_.data(), references_.data(), batch, components} {
    for (int64_t i = 0; i < count * components / 4; i++) rows_.data()[i] = static_cast<uint8_t>(random_bits() >> 56);
    for (int64_t k = 0; k < count; k++) {
      scales_.data()[k] = 0x3c00;  // 1
      labels_.data()[k] = static_cast<int32_t>(between(0, kClasses - 1));
    }
    for (int64_t i = 0; i < batch * components; i++) {
      queries_.data()[i] = static_cast<float>(normal()) * kDeviations[i % components * 4 / components];
    }
    afterimage_normalize(queries_.data(), batch, components);
    keys_.labels = labels_.data();
    keys_.count = count;
    keys_.dim = components;
  }

  void run() {
    const int64_t surveyed = afterimage_surveyed_keys(keys_.count);
    for (int64_t query = 0; query < asked_.batch; query++) {
      double* const sums = sums_.data() + query * kClasses;
      float* const rates = rates_.data() + query * kClasses;
      // All queries draw into the same places.
      estimates_.data()[query] = {.seed = 1,
                                  .left_out = -1,
                                  .cutoff = 0,
                                  .rate_reference = 0,
                                  .rates = rates,
                                  .reference = -INFINITY,
                                  .counted = 0,
                                  .drawn = 0,
                                  .sums = sums,
                                  .numbers = drawn_.data(),
                                  .labels = drawn_.data() + kPlaces,
                                  .terms = terms_.data(),
                                  .random = terms_.data() + kPlaces,
                                  .places = kPlaces};
    }
    afterimage_sketch_survey(&sketch_, 0, &keys_, 0, &asked_, workspace_.data(), estimates_.data(), surveyed,
                             survey_.data(), surveyed_labels_.data(), nullptr);
    for (int64_t query = 0; query < asked_.batch; query++) {
      afterimage_estimate& estimate = estimates_.data()[query];
      afterimage_survey_result(survey_.data() + query * surveyed, surveyed_labels_.data(), surveyed, kTheta, 0.0005f,
                               kClasses, &estimate);
      double sum = 0;
      for (int64_t c = 0; c < kClasses; c++) sum += estimate.sums[c];
      std::fill_n(rates_.data() + query * kClasses, kClasses, static_cast<float>(kDrawn / sum));
      std::fill_n(estimate.sums, kClasses, 0);
      estimate.rate_reference = estimate.reference;
      estimate.reference = -INFINITY;
    }
    afterimage_sketch_estimates(&sketch_, 0, &keys_, 0, &asked_, workspace_.data(), kTheta, kClasses,
                                estimates_.data(), nullptr);
  }

 private:
  static constexpr int64_t kClasses = 10;
  static constexpr float kTheta = 80;
  static constexpr int64_t kDrawn = 1000;
  static constexpr int64_t kPlaces = 4096;
  static constexpr int64_t kPaddingBytes = 32;
  static constexpr float kDeviations[4] = {0.1f, 0.05f, 0.03f, 0.02f};

  Memory<uint8_t> rows_;
  Memory<uint16_t> scales_;
  Memory<int32_t> labels_;
  afterimage_sketch sketch_;
  Memory<float> queries_;
  Memory<char> workspace_;
  Memory<float> references_;
  Memory<double> sums_;
  Memory<int32_t> drawn_;
  Memory<float> terms_;
  Memory<float> survey_;
  Memory<int32_t> surveyed_labels_;
  Memory<float> rates_;
  Memory<afterimage_estimate> estimates_;
  afterimage_keys keys_;
  afterimage_queries asked_;
};

}  // namespace

// The time of the estimate of a key for a query, the best of several runs, with codes in a cache and in memory.
void sketches() {
  for (int64_t components : {128, 256}) {
    for (int64_t count : {50000, 1000000}) {
      printf("%lld components, %7lld keys:", static_cast<long long>(components), static_cast<long long>(count));
      for (int64_t batch : {1, 4, 16}) {
        SketchPass sketch(count, components, batch);
        const double time = best_seconds([&] { sketch.run(); }, count < 100000 ? 40 : 10);
        printf("  B=%lld %.2f ns", static_cast<long long>(batch), time * 1e9 / static_cast<double>(count * batch));
      }
      printf("\n");
    }
  }
}

}  // namespace test
