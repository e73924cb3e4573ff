// The benchmark of a pass over a sketch of keys.
#include <string.h>

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
        counts_(batch),
        blocks_(batch * (count / AFTERIMAGE_LISTED_KEYS + 1)),
        survey_(batch * afterimage_surveyed_keys(count)),
        cutoffs_(batch),
        keys_{},
        estimates_{.theta = 80,
                   .cutoffs = cutoffs_.data(),
                   .left_out = nullptr,
                   .classes = kClasses,
                   .references = references_.data(),
                   .sums = sums_.data(),
                   .blocks = blocks_.data(),
                   .counts = counts_.data(),
                   .places = count / AFTERIMAGE_LISTED_KEYS + 1},
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
    for (int64_t query = 0; query < asked_.batch; query++) {
      references_.data()[query] = -INFINITY;
      counts_.data()[query] = 0;
    }
    memset(sums_.data(), 0, sizeof(double) * asked_.batch * kClasses);
    const int64_t surveyed = afterimage_surveyed_keys(keys_.count);
    afterimage_sketch_survey(&sketch_, 0, &keys_, 0, &asked_, workspace_.data(), nullptr, surveyed, survey_.data(),
                             nullptr);
    afterimage_cutoffs(survey_.data(), asked_.batch, surveyed, estimates_.theta, 0.0005f, cutoffs_.data());
    afterimage_sketch_estimates(&sketch_, 0, &keys_, 0, &asked_, workspace_.data(), &estimates_, nullptr);
  }

 private:
  static constexpr int64_t kClasses = 10;
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
  Memory<int64_t> counts_;
  Memory<afterimage_listed_keys> blocks_;
  Memory<float> survey_;
  Memory<float> cutoffs_;
  afterimage_keys keys_;
  afterimage_estimates estimates_;
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
