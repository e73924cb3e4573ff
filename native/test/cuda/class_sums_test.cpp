// Tests class sums and gradient weights of scores against their definition in double.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "kernel_test.h"

namespace test {
namespace {

struct Shape {
  int batch, count, classes, run_length;
  bool removed, integers;
  int lanes;
};

// The keys of a tile by class, as Java arranges them.
struct HostRuns {
  explicit HostRuns(const std::vector<int32_t>& labels) {
    for (size_t i = 0; i < labels.size(); i++) {
      if (labels[i] >= 0) order.push_back(static_cast<int32_t>(i));
    }
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return labels[a] < labels[b]; });
    for (size_t i = 0; i < order.size(); i++) {
      if (run_labels.empty() || run_labels.back() != labels[order[i]]) {
        starts.push_back(static_cast<int32_t>(i));
        run_labels.push_back(labels[order[i]]);
      }
      in_place &= order[i] == static_cast<int32_t>(i);
    }
    starts.push_back(static_cast<int32_t>(order.size()));
  }
  std::vector<int32_t> order, starts, run_labels;
  bool in_place = true;
};

void check_shape(const Shape& shape, const std::vector<float>& thetas, float reference, float shift) {
  char what[200];
  snprintf(what, sizeof what, "B=%d K=%d C=%d runs of %d, lanes %d, %zu thetas from %g, reference %g%s%s", shape.batch,
           shape.count, shape.classes, shape.run_length, shape.lanes, thetas.size(), thetas[0], reference,
           shape.removed ? ", removals" : "", shape.integers ? ", integers" : "");
  const std::vector<int32_t> key_labels = labels(shape.count, shape.classes, shape.run_length, shape.removed);
  const HostRuns runs(key_labels);
  const int stride = shape.count + between(0, 3);
  std::vector<double> exact(static_cast<size_t>(shape.batch) * shape.count);
  std::vector<float> scores(static_cast<size_t>(shape.batch) * stride, NAN);
  std::vector<int32_t> products(static_cast<size_t>(shape.batch) * stride, 1 << 30);
  std::vector<float> key_scales(shape.count), query_scales(shape.batch);
  for (float& scale : key_scales) scale = static_cast<float>(0.001 * (0.5 + uniform()));
  for (float& scale : query_scales) scale = static_cast<float>(0.001 * (0.5 + uniform()));
  for (int b = 0; b < shape.batch; b++) {
    for (int k = 0; k < shape.count; k++) {
      const float score = static_cast<float>(uniform() * 0.5 + shift);
      scores[b * stride + k] = score;
      exact[b * shape.count + k] = score;
      if (shape.integers) {
        const double scale = static_cast<double>(key_scales[k]) * query_scales[b];
        products[b * stride + k] = static_cast<int32_t>(score / scale);
        exact[b * shape.count + k] = products[b * stride + k] * scale;
      }
    }
  }
  const std::vector<float> references(shape.batch, reference);
  std::vector<double> expected = reference_sums(exact, key_labels, references, thetas, shape.classes);

  Buffer<float> score_buffer(scores);
  Buffer<int32_t> product_buffer(products);
  Buffer<float> key_scale_buffer(key_scales), query_scale_buffer(query_scales);
  Buffer<int32_t> order(runs.order), starts(runs.starts), run_labels(runs.run_labels);
  Buffer<float> reference_buffer(references), theta_buffer(thetas);
  std::vector<double> first;
  in_every_schedule([&] {
    Buffer<double> sums(std::vector<double>(thetas.size() * shape.batch * shape.classes));
    Buffer<int32_t> maxima(std::vector<int32_t>(shape.batch, INT32_MIN));
    ClassSumsArguments a = {};
    a.scores.values = shape.integers ? static_cast<void*>(product_buffer.data()) : score_buffer.data();
    a.scores.key_scales = shape.integers ? key_scale_buffer.data() : nullptr;
    a.scores.query_scales = query_scale_buffer.data();
    a.scores.stride = stride;
    a.runs.order = runs.in_place ? nullptr : order.data();
    a.runs.run_starts = starts.data();
    a.runs.run_labels = run_labels.data();
    a.references = reference_buffer.data();
    a.thetas = theta_buffer.data();
    a.sums = sums.data();
    a.maxima = maxima.data();
    a.run_count = static_cast<int32_t>(runs.run_labels.size());
    a.batch = shape.batch;
    a.classes = shape.classes;
    a.theta_count = static_cast<int32_t>(thetas.size());
    a.lanes = shape.lanes;
    const int blocks = std::max(1, (shape.batch * a.run_count * a.lanes + 127) / 128);
    launch(thetas.size() == 1 ? class_sums_of_one_theta : class_sums_of_thetas, dim3(blocks), 128, 0, a);
    const std::vector<double> found = sums.read();
    double greatest = 0;
    for (float theta : thetas) greatest = fmax(greatest, theta);
    check_probabilities(found, expected, shape.classes, greatest <= 10 ? 1e-6 : greatest <= 90 ? 1e-5 : 1e-4, what);
    const std::vector<int32_t> found_maxima = maxima.read();
    for (int b = 0; b < shape.batch; b++) {
      double maximum = -INFINITY;
      for (int k = 0; k < shape.count; k++) {
        if (key_labels[k] >= 0) maximum = fmax(maximum, exact[b * shape.count + k]);
      }
      if (maximum == -INFINITY) continue;
      check(fabs(from_ordered(found_maxima[b]) - maximum) <= 2e-7, "%s: maximum of query %d is %.9g, not %.9g", what, b,
            from_ordered(found_maxima[b]), maximum);
    }
    if (first.empty()) first = found;
    check(memcmp(first.data(), found.data(), first.size() * sizeof(double)) == 0,
          "%s: the sums depend on the order of threads", what);
  });
}

Test sizes("class sums are right for every number of keys", [] {
  for (int lanes : {4, 8, 16, 32}) {
    for (int count = 1; count <= 70; count += lanes == 32 ? 1 : 5) {
      check_shape({1, count, 5, 6, false, false, lanes}, {10}, 1, 0.5f);
    }
    for (int count : {127, 128, 129, 500, 1025}) check_shape({1, count, 3, 60, false, false, lanes}, {10}, 1, 0.5f);
  }
});

Test classes("class sums are right for every number of classes, sorted or not, removed or not", [] {
  for (int classes : {1, 2, 3, 10, 33, 999}) {
    for (int length : {1, 7, 1000}) {
      for (bool removed : {false, true}) check_shape({2, 200, classes, length, removed, false, 8}, {60}, 1, 0.5f);
    }
  }
});

Test batches("class sums are right for every batch", [] {
  for (int batch : {1, 2, 3, 5, 8, 17}) check_shape({batch, 33, 4, 3, true, false, 4}, {10}, 1, 0.5f);
});

Test thetas("class sums are right for lists of thetas", [] {
  for (int count : {1, 2, 7, 8, 9, 16, 33}) {
    std::vector<float> list(count);
    for (int t = 0; t < count; t++) list[t] = 10 + 80.0f * static_cast<float>(t) / 33;
    check_shape({2, 150, 10, 9, true, false, 16}, list, 1, 0.5f);
  }
  check_shape({2, 100, 5, 9, false, false, 32}, {0}, 1, 0.5f);
  check_shape({2, 100, 5, 9, false, false, 32}, {1000}, 0.9f, 0.5f);
});

Test far("class sums are right if every key is far from the reference", [] {
  check_shape({3, 100, 5, 9, false, false, 32}, {90}, 1, -0.9f);
  check_shape({3, 100, 5, 9, true, false, 8}, {10, 90, 300}, 1, -0.9f);
  check_shape({3, 100, 5, 9, false, false, 16}, {90}, -0.9f, 0.5f);
});

Test not_numbers("the sum of a class with a score that is NaN is NaN, and no other", [] {
  const std::vector<float> thetas = {0, 10, 1000};
  std::vector<float> scores(60);
  for (float& score : scores) score = static_cast<float>(uniform());
  scores[25] = NAN;
  Buffer<float> score_buffer(scores), reference_buffer(std::vector<float>{1}), theta_buffer(thetas);
  Buffer<int32_t> starts(std::vector<int32_t>{0, 20, 40, 60}), run_labels(std::vector<int32_t>{0, 1, 2});
  in_every_schedule([&] {
    Buffer<double> sums(std::vector<double>(9));
    Buffer<int32_t> maxima(std::vector<int32_t>(1, INT32_MIN));
    ClassSumsArguments a = {};
    a.scores.values = score_buffer.data();
    a.scores.stride = 60;
    a.runs.run_starts = starts.data();
    a.runs.run_labels = run_labels.data();
    a.references = reference_buffer.data();
    a.thetas = theta_buffer.data();
    a.sums = sums.data();
    a.maxima = maxima.data();
    a.run_count = 3;
    a.batch = 1;
    a.classes = 3;
    a.theta_count = 3;
    a.lanes = 8;
    launch(class_sums_of_thetas, dim3(1), 128, 0, a);
    const std::vector<double> found = sums.read();
    for (int i = 0; i < 9; i++) check(isnan(found[i]) == (i % 3 == 1), "sum %g of class %d", found[i], i % 3);
  });
});

Test integers("class sums of int8 products are right", [] {
  for (int count : {1, 31, 32, 33, 200}) check_shape({3, count, 5, 4, true, true, 8}, {10, 60}, 1, 0.3f);
});

Test gradient("gradient weights are right, and zero for removed keys", [] {
  for (int count : {1, 2, 31, 255, 256, 257, 300}) {
    for (const bool integers : {false, true}) {
      const int batch = 3;
      const int classes = 7;
      const int stride = count + 2;
      const std::vector<int32_t> key_labels = labels(count, classes, 3, true);
      std::vector<float> scores(batch * stride, NAN), references(batch, 0.9f), coefficients(batch * classes);
      std::vector<float> key_scales(count, 0.01f), query_scales(batch, 0.02f);
      std::vector<double> exact(batch * stride);
      for (int b = 0; b < batch; b++) {
        for (int k = 0; k < count; k++) {
          float& score = scores[b * stride + k];
          score = static_cast<float>(uniform());
          exact[b * stride + k] = score;
          if (integers) {
            const int32_t product = between(-5000, 5000);
            memcpy(&score, &product, sizeof product);
            exact[b * stride + k] = product * static_cast<double>(key_scales[k]) * query_scales[b];
          }
        }
      }
      for (float& value : coefficients) value = static_cast<float>(normal());
      Buffer<float> reference_buffer(references), coefficient_buffer(coefficients);
      Buffer<float> key_scale_buffer(key_scales), query_scale_buffer(query_scales);
      Buffer<int32_t> label_buffer(key_labels);
      in_every_schedule([&] {
        Buffer<float> weights(scores);
        GradientWeightsArguments a = {};
        a.scores.values = weights.data();
        a.scores.key_scales = integers ? key_scale_buffer.data() : nullptr;
        a.scores.query_scales = integers ? query_scale_buffer.data() : nullptr;
        a.scores.stride = stride;
        a.weights = weights.data();
        a.labels = label_buffer.data();
        a.references = reference_buffer.data();
        a.coefficients = coefficient_buffer.data();
        a.count = count;
        a.classes = classes;
        a.theta = 20;
        launch(gradient_weights, dim3((count + 255) / 256, batch), 256, 0, a);
        const std::vector<float> found = weights.read();
        for (int b = 0; b < batch; b++) {
          for (int k = 0; k < count; k++) {
            const double expected =
                key_labels[k] < 0
                    ? 0
                    : exp(20 * (exact[b * stride + k] - references[b])) * coefficients[b * classes + key_labels[k]];
            check(fabs(found[b * stride + k] - expected) <= 1e-5 * fabs(expected), "K=%d: weight %g, not %g", count,
                  found[b * stride + k], expected);
          }
        }
      });
    }
  }
});

}  // namespace
}  // namespace test
