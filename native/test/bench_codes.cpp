// Benchmarks of passes over codes of keys: screens and sketches.
#include <string.h>

#include "bench.h"

namespace test {
namespace {

// A screen of keys that Keys has made, and its bounds of the terms of a batch.
class ScreenPass {
 public:
  ScreenPass(const afterimage_keys& keys, int64_t bits, int64_t batch)
      : rows_(keys.count * afterimage_screen_row_bytes(keys.dim, bits)),
        scales_(keys.count),
        residuals_(keys.count),
        screen_{.rows = rows_.data(),
                .scales = scales_.data(),
                .residuals = residuals_.data(),
                .dim = keys.dim,
                .bits = bits},
        queries_(batch * keys.dim),
        references_(batch),
        workspace_(afterimage_screen_bounds_bytes(batch, keys.dim, bits)),
        least_(batch),
        sums_(2 * batch * kClasses),
        counts_(batch),
        numbers_(batch * keys.count),
        centers_(batch * keys.count),
        radii_(batch * keys.count),
        listed_labels_(batch * keys.count),
        listed_weights_(batch * keys.count),
        keys_(keys),
        bounds_{.theta = 80,
                .gap = 0.1f,
                .classes = kClasses,
                .references = least_.data(),
                .sums = sums_.data(),
                .counts = counts_.data(),
                .rows = numbers_.data(),
                .labels = listed_labels_.data(),
                .weights = listed_weights_.data(),
                .centers = centers_.data(),
                .radii = radii_.data(),
                .places = keys.count},
        asked_{queries_.data(), references_.data(), batch, keys.dim} {
    Memory<float> row(keys.dim);
    Memory<char> workspace(afterimage_screen_store_bytes(keys.dim));
    for (int64_t k = 0; k < keys.count; k++) {
      const char* stored = static_cast<const char*>(keys.rows) + k * keys.dim * element_bytes(keys.type);
      afterimage_load(stored, nullptr, 1, keys.dim, keys.type, row.data());
      afterimage_screen_store(&screen_, row.data(), k, 1, workspace.data());
    }
    for (int64_t i = 0; i < batch * keys.dim; i++) queries_.data()[i] = static_cast<float>(normal());
    afterimage_normalize(queries_.data(), batch, keys.dim);
  }

  void run(int64_t first, int64_t count) {
    for (int64_t query = 0; query < asked_.batch; query++) {
      least_.data()[query] = -INFINITY;
      counts_.data()[query] = 0;
    }
    memset(sums_.data(), 0, sizeof(double) * 2 * asked_.batch * kClasses);
    afterimage_keys keys = keys_;
    keys.labels += first;
    keys.count = count;
    afterimage_screen_bounds(&screen_, first, &keys, first, &asked_, workspace_.data(), &bounds_, nullptr);
  }

 private:
  static constexpr int64_t kClasses = 10;

  Memory<uint8_t> rows_;
  Memory<float> scales_;
  Memory<float> residuals_;
  afterimage_screen screen_;
  Memory<float> queries_;
  Memory<float> references_;
  Memory<char> workspace_;
  Memory<float> least_;
  Memory<double> sums_;
  Memory<int64_t> counts_;
  Memory<int32_t> numbers_;
  Memory<float> centers_;
  Memory<float> radii_;
  Memory<int32_t> listed_labels_;
  Memory<float> listed_weights_;
  afterimage_keys keys_;
  afterimage_bounds bounds_;
  afterimage_queries asked_;
};

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
        keys_{},
        estimates_{.theta = 80,
                   .negligible = 0.0005f,
                   .keys = count,
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
  afterimage_keys keys_;
  afterimage_estimates estimates_;
  afterimage_queries asked_;
};

}  // namespace

// The time of the bounds of a screen as a multiple of the time of class sums just before: medians of pairs.
void screens() {
  constexpr int kPairs = 30;
  for (int64_t dim : {256, 2048}) {
    const int64_t count = 200000 * 256 / dim;
    for (int32_t type : {AFTERIMAGE_FLOAT32, AFTERIMAGE_BFLOAT16}) {
      Keys keys(count, dim, 10, false, type);
      for (int64_t bits : {8, 4}) {
        printf("%-9s dim=%lld %lld bits:", type_name(type), static_cast<long long>(dim), static_cast<long long>(bits));
        for (int64_t batch : {1, 4, 16, 64}) {
          const int64_t part = count / (batch == 64 ? 8 : 2);
          Passes plain(keys.get(), part, batch, 10, {80});
          ScreenPass screen(keys.get(), bits, batch);
          std::vector<double> ratios;
          for (int pair = 0; pair < kPairs; pair++) {
            const double one = seconds([&] { plain.run(); });
            ratios.push_back(seconds([&] { screen.run(pair % 2 == 0 ? 0 : count - part, part); }) / one);
          }
          printf("  B=%lld %.3f", static_cast<long long>(batch), median(ratios));
        }
        printf("\n");
      }
    }
  }
}

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
