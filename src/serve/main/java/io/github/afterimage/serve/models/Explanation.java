package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.model.Classification;
import io.github.afterimage.serve.protocol.JsonObject;
import java.util.List;
import java.util.Map;

/** Writes answers as JSON objects that explain them. */
record Explanation(String model, CacheIndex index, Calibration calibration, RequestOptions options) {

    /** @param id of the request */
    Map<String, Object> of(String id, List<Row> rows) {
        JsonObject explained = new JsonObject()
                .with("model_name", model)
                .with("id", id)
                .with("rule", rule(calibration))
                .with("keys", index.size())
                .with("version", index.version())
                .with(
                        "doubt_most",
                        calibration.doubt().map(DoubtThreshold::most).orElse(null));
        if (options.coverage() > 0) {
            explained.put("coverage", options.coverage());
        }
        return explained.with("answers", rows.stream().map(this::answer).toList());
    }

    /** Describes a rule: its θ, the views that the network sees, and the weights, or λ of equation (3). */
    static Map<String, Object> rule(Calibration calibration) {
        JsonObject rule = new JsonObject()
                .with("theta", calibration.rule().theta())
                .with("views", calibration.views())
                .with("tuned", calibration.tuned());
        if (calibration.rule() instanceof Pool pool) {
            rule.with("network", pool.network()).with("memory", pool.memory()).with("directions", pool.direction());
        } else if (calibration.rule() instanceof Mixture mixture) {
            rule.put("lambda", mixture.lambda());
        }
        return rule;
    }

    private Map<String, Object> answer(Row row) {
        Classification answer = row.answer();
        List<Map<String, Object>> classes = row.isRefused()
                ? List.of()
                : answer.best(options.best()).stream()
                        .map(Explanation::candidate)
                        .toList();
        JsonObject explained = new JsonObject()
                .with("class", classes.isEmpty() ? null : classes.get(0).get("name"))
                .with("probability", classes.isEmpty() ? null : classes.get(0).get("probability"))
                .with("classes", classes);
        if (options.coverage() > 0) {
            explained.put("set", row.set().stream().map(index.classNames()::get).toList());
        }
        return explained
                .with("log_mass", answer.logMass())
                .with("recognition", answer.recognition())
                .with("recognised", answer.isRecognised())
                .with("doubt", answer.doubt())
                .with("uncertain", calibration.doubt().isPresent() ? answer.isUncertain() : null)
                .with("reason", answer.isUncertain() ? answer.reason() : null)
                .with("refused", row.isRefused())
                .with(
                        "neighbors",
                        answer.neighbors().stream()
                                .map(key -> neighbor(key, index.classNames()))
                                .toList());
    }

    private static Map<String, Object> candidate(Classification.Candidate candidate) {
        return new JsonObject()
                .with("label", candidate.label())
                .with("name", candidate.name())
                .with("probability", candidate.probability())
                .with("network", Double.isNaN(candidate.network()) ? null : (float) candidate.network())
                .with("memory", (float) candidate.memory());
    }

    static Map<String, Object> neighbor(Neighbor key, List<String> classNames) {
        return new JsonObject()
                .with("id", key.id())
                .with("name", key.name())
                .with("label", key.label())
                .with("class", classNames.get(key.label()))
                .with("score", Math.max(-1, Math.min(1, key.score()))) // rounding
                .with("share", key.share())
                .with("thumbnail", key.hasThumbnail());
    }
}
