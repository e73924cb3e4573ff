#include "problem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <algorithm>

namespace test {

namespace {

constexpr struct {
  const char* name;
  int64_t bytes;
} types[AFTERIMAGE_TYPES] = {{"float32", 4}, {"float16", 2}, {"bfloat16", 2}, {"int8", 1}};

}  // namespace

bool int8_queries() {
  const std::string tier = afterimage_tier_name(afterimage_tier());
  return tier == "avx2-vnni" || tier.starts_with("avx512-") || tier.starts_with("neon-");
}

bool int16_queries() { return strcmp(afterimage_tier_name(afterimage_tier()), "avx2") == 0; }

bool bfloat16_queries() {
  const std::string tier = afterimage_tier_name(afterimage_tier());
  return tier == "avx512-bf16" || tier == "avx512-amx" || tier == "neon-bf16";
}

const char* type_name(int32_t type) { return types[type].name; }

int64_t element_bytes(int32_t type) { return types[type].bytes; }

afterimage_keys float_keys(const float* rows, const int32_t* labels, int64_t count, int64_t dim) {
  return {.rows = rows,
          .scales = nullptr,
          .labels = labels,
          .count = count,
          .dim = dim,
          .type = AFTERIMAGE_FLOAT32,
          .removals = nullptr,
          .version = 0};
}

Problem::Problem(const Shape& wanted)
    : shape(wanted),
      stored(wanted.count * wanted.dim * element_bytes(wanted.type)),
      scales(wanted.type == AFTERIMAGE_INT8 ? wanted.count : 0),
      labels(wanted.count),
      query_rows(wanted.batch * wanted.dim),
      references(wanted.batch),
      loaded(wanted.count * wanted.dim) {
  const int64_t centres = shape.classes < 16 ? shape.classes : 16;
  std::vector<float> centre(centres * shape.dim);
  for (float& value : centre) value = static_cast<float>(fabs(normal()));
  auto draw = [&](float* row, int64_t label) {
    const double noise = 0.2 + uniform();
    for (int64_t i = 0; i < shape.dim; i++) {
      double value = centre[label % centres * shape.dim + i] + noise * normal();
      row[i] = static_cast<float>(value > 0 ? value : shape.dim < 4 ? 0.1 - value : 0);
    }
    row[between(0, shape.dim - 1)] += 0.5f;
    check(afterimage_normalize(row, 1, shape.dim) == -1, "a drawn row is not normal");
  };
  for (int64_t k = 0; k < shape.count; k++) {
    labels[k] = static_cast<int32_t>(shape.sorted ? k * shape.classes / shape.count : between(0, shape.classes - 1));
    draw(loaded.data() + k * shape.dim, labels[k]);
  }
  for (int64_t b = 0; b < shape.batch; b++) {
    draw(query_rows.data() + b * shape.dim, between(0, shape.classes - 1));
    references[b] = 1;
  }
  store_loaded();
}

void Problem::store_loaded() {
  afterimage_store(loaded.data(), shape.count, shape.dim, shape.type, stored.data(), scales.data());
  afterimage_load(stored.data(), scales.data(), shape.count, shape.dim, shape.type, loaded.data());
}

afterimage_keys Problem::keys() const {
  return {.rows = stored.data(),
          .scales = shape.type == AFTERIMAGE_INT8 ? scales.data() : nullptr,
          .labels = labels.data(),
          .count = shape.count,
          .dim = shape.dim,
          .type = shape.type,
          .removals = removals.empty() ? nullptr : removals.data(),
          .version = version};
}

bool Problem::is_there(int64_t key) const { return removals.empty() || removals[key] == 0 || removals[key] > version; }

afterimage_queries Problem::queries() const { return {query_rows.data(), references.data(), shape.batch, shape.dim}; }

std::string Problem::description() const {
  char text[160];
  snprintf(text, sizeof text, "%s B=%lld K=%lld d=%lld C=%lld%s", type_name(shape.type),
           static_cast<long long>(shape.batch), static_cast<long long>(shape.count), static_cast<long long>(shape.dim),
           static_cast<long long>(shape.classes), shape.sorted ? " sorted" : "");
  return text;
}

namespace {

// The precision that 32-bit sums of 1,024 products with int8 leave room for.
void round_to_int16(float* row, int64_t dim) {
  float magnitude = 0;
  for (int64_t i = 0; i < dim; i++) magnitude = fmaxf(magnitude, fabsf(row[i]));
  const int64_t room = 2147483647 / (128 * (dim < 1024 ? dim : 1024));
  const float largest = room < 32767 ? static_cast<float>(room) : 32767.0f;
  for (int64_t i = 0; i < dim; i++) row[i] = rintf(row[i] / magnitude * largest) * (magnitude / largest);
}

}  // namespace

std::vector<double> Problem::scores(bool rounded_queries) const {
  std::vector<float> rows(query_rows.data(), query_rows.data() + query_rows.size());
  if (rounded_queries) {
    const bool rounds =
        (shape.type == AFTERIMAGE_INT8 && int8_queries()) || (shape.type == AFTERIMAGE_BFLOAT16 && bfloat16_queries());
    if (shape.type == AFTERIMAGE_INT8 && int16_queries()) {
      for (int64_t b = 0; b < shape.batch; b++) round_to_int16(rows.data() + b * shape.dim, shape.dim);
    }
    if (rounds) {
      std::vector<char> bytes(rows.size() * element_bytes(shape.type));
      std::vector<float> row_scales(shape.batch);
      afterimage_store(rows.data(), shape.batch, shape.dim, shape.type, bytes.data(), row_scales.data());
      afterimage_load(bytes.data(), row_scales.data(), shape.batch, shape.dim, shape.type, rows.data());
    }
  }
  std::vector<double> result(shape.batch * shape.count);
  for (int64_t b = 0; b < shape.batch; b++) {
    for (int64_t k = 0; k < shape.count; k++) {
      const float* query = rows.data() + b * shape.dim;
      const float* key = loaded.data() + k * shape.dim;
      double sums[4] = {};
      int64_t i = 0;
      for (; i + 4 <= shape.dim; i += 4) {
        for (int64_t j = 0; j < 4; j++) sums[j] += static_cast<double>(query[i + j]) * key[i + j];
      }
      for (; i < shape.dim; i++) sums[0] += static_cast<double>(query[i]) * key[i];
      result[b * shape.count + k] = sums[0] + sums[1] + sums[2] + sums[3];
    }
  }
  return result;
}

void Problem::use_own_maxima() {
  std::vector<double> all = scores(true);
  for (int64_t b = 0; b < shape.batch; b++) {
    double largest = -INFINITY;
    for (int64_t k = 0; k < shape.count; k++) {
      if (is_there(k)) largest = fmax(largest, all[b * shape.count + k]);
    }
    references[b] = static_cast<float>(largest);
  }
}

std::vector<double> reference_sums(const Problem& problem, const std::vector<double>& scores,
                                   const std::vector<float>& thetas) {
  const Shape& shape = problem.shape;
  std::vector<double> sums(thetas.size() * shape.batch * shape.classes);
  for (size_t t = 0; t < thetas.size(); t++) {
    for (int64_t b = 0; b < shape.batch; b++) {
      double* row = sums.data() + (t * shape.batch + b) * shape.classes;
      for (int64_t k = 0; k < shape.count; k++) {
        if (!problem.is_there(k)) continue;
        row[problem.labels[k]] += exp(thetas[t] * (scores[b * shape.count + k] - problem.references[b]));
      }
    }
  }
  return sums;
}

std::vector<double> normalized(const double* sums, int64_t rows, int64_t classes) {
  std::vector<double> result(sums, sums + rows * classes);
  for (int64_t row = 0; row < rows; row++) {
    double total = 0;
    for (int64_t c = 0; c < classes; c++) total += result[row * classes + c];
    for (int64_t c = 0; c < classes; c++) result[row * classes + c] /= total;
  }
  return result;
}

WorkspaceMemory::WorkspaceMemory(int64_t bytes) : memory_(bytes + 63) {
  memset(memory_.data(), 0xff, memory_.size());
  aligned_ = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(memory_.data()) + 63) / 64 * 64);
}

Answer class_sums(const Problem& problem, const std::vector<float>& thetas) {
  const Shape& shape = problem.shape;
  const int64_t theta_count = static_cast<int64_t>(thetas.size());
  WorkspaceMemory workspace(afterimage_workspace_bytes(shape.batch, shape.dim, shape.classes, theta_count, 0));
  Guarded<double> sums(theta_count * shape.batch * shape.classes);
  Guarded<float> maxima(shape.batch);
  for (float& maximum : maxima) maximum = -INFINITY;
  const afterimage_keys keys = problem.keys();
  const afterimage_queries queries = problem.queries();
  const int status = afterimage_class_sums(&keys, &queries, thetas.data(), theta_count, shape.classes, workspace.data(),
                                           sums.data(), maxima.data(), nullptr);
  check(status == AFTERIMAGE_OK, "status %d", status);
  return {{sums.begin(), sums.end()}, {maxima.begin(), maxima.end()}};
}

void sort_nearest(int64_t k, std::vector<float>* scores, std::vector<int64_t>* rows) {
  for (size_t first = 0; first < scores->size(); first += k) {
    std::vector<std::pair<float, uint64_t>> sorted;
    for (int64_t i = 0; i < k; i++) sorted.push_back({-(*scores)[first + i], (*rows)[first + i]});
    std::sort(sorted.begin(), sorted.end());
    for (int64_t i = 0; i < k; i++) {
      (*scores)[first + i] = -sorted[i].first;
      (*rows)[first + i] = sorted[i].second;
    }
  }
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (size_t i = 0; i < a.size(); i++) {
    const double difference = fabs(a[i] - b[i]);
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

}  // namespace test
