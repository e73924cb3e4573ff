// Tests the fused kernel against the definition in double, for rows after rounding.
#include <math.h>
#include <string.h>

#include "kernel_test.h"

namespace test {
namespace {

struct Shape {
  int batch, count, dim, classes, run_length;
  bool bfloat16, removed;
};

void check_shape(const Shape& shape, const std::vector<float>& thetas) {
  char what[200];
  snprintf(what, sizeof what, "%s B=%d K=%d d=%d C=%d runs of %d%s, %zu thetas", shape.bfloat16 ? "bf16" : "f16",
           shape.batch, shape.count, shape.dim, shape.classes, shape.run_length, shape.removed ? ", removals" : "",
           thetas.size());
  const int pitch = (shape.dim + 31) / 32 * 32;
  const int query_blocks = (shape.batch + 127) / 128;
  const int stride = query_blocks * 128;
  const std::vector<uint16_t> keys =
      padded(unit_rows(shape.count, shape.dim), shape.count, shape.dim, shape.count, pitch, shape.bfloat16);
  const std::vector<uint16_t> queries =
      padded(unit_rows(shape.batch, shape.dim), shape.batch, shape.dim, stride, pitch, shape.bfloat16);
  const std::vector<int32_t> key_labels = labels(shape.count, shape.classes, shape.run_length, shape.removed);
  std::vector<double> scores(static_cast<size_t>(shape.batch) * shape.count);
  std::vector<double> maxima(shape.batch, -INFINITY);
  for (int b = 0; b < shape.batch; b++) {
    for (int k = 0; k < shape.count; k++) {
      double score = 0;
      for (int i = 0; i < shape.dim; i++) {
        score += static_cast<double>(widened(keys[k * pitch + i], shape.bfloat16)) *
                 widened(queries[b * pitch + i], shape.bfloat16);
      }
      scores[b * shape.count + k] = score;
      if (key_labels[k] >= 0) maxima[b] = fmax(maxima[b], score);
    }
  }
  std::vector<float> references(stride, 1);
  const std::vector<double> expected =
      reference_sums(scores, key_labels, references, thetas, shape.classes);

  // Slots as Java numbers them.
  std::vector<int32_t> slot_starts, slot_labels;
  for (int row = 0; row < shape.count; row++) {
    if (row % 64 == 0) slot_starts.push_back(static_cast<int32_t>(slot_labels.size()));
    if (key_labels[row] >= 0 && (row % 64 == 0 || key_labels[row] != key_labels[row - 1])) {
      slot_labels.push_back(key_labels[row]);
    }
  }
  std::vector<int32_t> class_starts(1), slots_by_class;
  for (int c = 0; c < shape.classes; c++) {
    for (size_t slot = 0; slot < slot_labels.size(); slot++) {
      if (slot_labels[slot] == c) slots_by_class.push_back(static_cast<int32_t>(slot));
    }
    class_starts.push_back(static_cast<int32_t>(slots_by_class.size()));
  }

  Buffer<uint16_t> key_buffer(keys), query_buffer(queries);
  Buffer<int32_t> label_buffer(key_labels), slot_start_buffer(slot_starts), by_class(slots_by_class);
  Buffer<int32_t> class_start_buffer(class_starts);
  Buffer<float> reference_buffer(references), theta_buffer(thetas);
  std::vector<double> first;
  in_every_schedule([&] {
    Buffer<float> slots(std::vector<float>(thetas.size() * slot_labels.size() * stride, NAN));
    Buffer<int32_t> maxima_buffer(std::vector<int32_t>(stride, INT32_MIN));
    Buffer<double> sums(std::vector<double>(thetas.size() * shape.batch * shape.classes));
    FusedClassSumsArguments a = {};
    a.keys = key_buffer.data();
    a.queries = query_buffer.data();
    a.labels = label_buffer.data();
    a.slot_starts = slot_start_buffer.data();
    a.references = reference_buffer.data();
    a.thetas = theta_buffer.data();
    a.slots = slots.data();
    a.maxima = maxima_buffer.data();
    a.pitch = pitch;
    a.slot_count = static_cast<int64_t>(slot_labels.size());
    a.count = shape.count;
    a.query_blocks = query_blocks;
    a.theta_count = static_cast<int32_t>(thetas.size());
    launch(shape.bfloat16 ? fused_class_sums_bfloat16 : fused_class_sums_float16,
           dim3(query_blocks * ((shape.count + 255) / 256)), 256, 98304, a);
    SlotSumsArguments s = {};
    s.slots = slots.data();
    s.slots_by_class = by_class.data();
    s.class_starts = class_start_buffer.data();
    s.sums = sums.data();
    s.slot_count = a.slot_count;
    s.stride = stride;
    s.batch = shape.batch;
    s.classes = shape.classes;
    launch(slot_sums, dim3(static_cast<unsigned>(shape.classes * query_blocks * thetas.size())), 128, 0, s);
    const std::vector<double> found = sums.read();
    check_probabilities(found, expected, shape.classes, thetas[0] <= 10 ? 1e-6 : 1e-5, what);
    const std::vector<int32_t> found_maxima = maxima_buffer.read();
    for (int b = 0; b < shape.batch; b++) {
      if (maxima[b] == -INFINITY) continue;
      // Tensor cores truncate their sums.
      check(fabs(from_ordered(found_maxima[b]) - maxima[b]) <= 4e-6, "%s: maximum of query %d is %.9g, not %.9g", what,
            b, from_ordered(found_maxima[b]), maxima[b]);
    }
    if (first.empty()) first = found;
    check(memcmp(first.data(), found.data(), first.size() * sizeof(double)) == 0,
          "%s: the sums depend on the order of threads", what);
  });
}

Test keys("the fused kernel is right for every number of keys", [] {
  for (int count : {1, 15, 16, 17, 63, 64, 65, 127, 128, 129, 192, 193, 255, 256, 257, 385, 513}) {
    check_shape({3, count, 20, 3, 40, count % 2 == 0, false}, {10});
  }
});

Test batches("the fused kernel is right for every batch", [] {
  for (int batch : {1, 7, 8, 9, 32, 33, 127, 128, 129}) {
    check_shape({batch, 66, 20, 3, 40, batch % 2 == 1, false}, {10});
  }
});

Test dims("the fused kernel is right for every dim", [] {
  for (int dim : {1, 31, 32, 33, 64, 65, 97, 129, 161}) {
    check_shape({5, 70, dim, 3, 40, dim % 2 == 0, false}, {10});
  }
});

Test classes("the fused kernel is right for all labels and removed keys", [] {
  for (int length : {1, 50, 1000}) {
    for (bool removed : {false, true}) {
      check_shape({4, 130, 16, 1, length, true, removed}, {60});
      check_shape({4, 130, 16, 9, length, true, removed}, {60, 0, 90});
    }
  }
});

}  // namespace
}  // namespace test
