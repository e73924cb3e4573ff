package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.LogMassThreshold;
import io.github.afterimage.Neighbor;
import io.github.afterimage.serve.protocol.JsonObject;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Writes answers as JSON objects that explain them. */
final class Explanation {
    private final String model;
    private final CacheIndex index;
    private final List<String> classNames;
    private final RequestOptions options;
    /** Empty for another θ than the one that the index was tuned to. */
    private final Optional<LogMassThreshold> threshold;

    Explanation(String model, CacheIndex index, RequestOptions options) {
        this.model = model;
        this.index = index;
        this.options = options;
        classNames = index.classNames();
        threshold = LogMassThreshold.stored(
                index.attributes(), options.hyperparameters().theta());
    }

    /** @param id of the request */
    Map<String, Object> of(String id, List<Row> rows) {
        JsonObject explained = new JsonObject()
                .with("model_name", model)
                .with("id", id)
                .with("theta", options.hyperparameters().theta())
                .with("lambda", options.hyperparameters().lambda())
                .with("beta", options.hyperparameters().beta())
                .with("keys", index.size())
                .with("version", index.version())
                .with("log_mass_low", threshold.map(LogMassThreshold::least).orElse(null));
        if (options.coverage() > 0) {
            explained.put("coverage", options.coverage());
        }
        return explained.with("answers", rows.stream().map(this::answer).toList());
    }

    private Map<String, Object> answer(Row row) {
        Map<String, Object> answer = new LinkedHashMap<>();
        List<Map<String, Object>> classes = IntStream.range(0, classNames.size())
                .boxed()
                .sorted(Comparator.comparingDouble(label -> -row.probabilities()[label]))
                .limit(row.isRefused() ? 0 : options.best())
                .map(label -> candidate(row, label))
                .toList();
        answer.put("class", classes.isEmpty() ? null : classes.get(0).get("name"));
        answer.put("probability", classes.isEmpty() ? null : classes.get(0).get("probability"));
        answer.put("classes", classes);
        if (options.coverage() > 0) {
            answer.put("set", row.set().stream().map(classNames::get).toList());
        }
        answer.put("log_mass", row.logMass());
        answer.put(
                "familiar",
                threshold.map(known -> known.isReached(row.logMass())).orElse(null));
        answer.put("refused", row.isRefused());
        answer.put("half_width", row.halfWidth());
        answer.put("keys_read", row.keysRead());
        answer.put(
                "neighbors",
                row.neighbors().stream().map(key -> neighbor(key, classNames)).toList());
        return answer;
    }

    private Map<String, Object> candidate(Row row, int label) {
        float @Nullable [] network = row.network();
        return new JsonObject()
                .with("label", label)
                .with("name", classNames.get(label))
                .with("probability", row.probabilities()[label])
                .with("network", network == null ? null : network[label])
                .with("memory", row.memory()[label])
                .with("similar_keys", row.similarKeys()[label])
                .with("class_factor", row.classFactors()[label]);
    }

    static Map<String, Object> neighbor(Neighbor key, List<String> classNames) {
        Map<String, Object> neighbor = new LinkedHashMap<>();
        neighbor.put("id", key.id());
        neighbor.put("name", key.name());
        neighbor.put("label", key.label());
        neighbor.put("class", classNames.get(key.label()));
        neighbor.put("score", Math.max(-1, Math.min(1, key.score()))); // rounding
        neighbor.put("weight", key.weight());
        neighbor.put("share", key.share());
        neighbor.put("thumbnail", key.hasThumbnail());
        return neighbor;
    }
}
