package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Progress;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.trial.TrialResult.WeightPoint;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.GridSearch;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The index of the chosen form: built, tuned as {@code tune} does, saved, and measured as {@code evaluate} does. */
final class MeasuredIndex {
    private static final double[] THETAS = Tuner.grid(10, 90, 33);
    private static final double[] LAMBDAS = Tuner.grid(0, 1, 41);

    private MeasuredIndex() {}

    /**
     * The best point on the tuning examples.
     *
     * @param memoryTheta the best θ of the memory alone
     * @param memoryBeta its β
     * @param corrected the answers that the mixture corrects on them; 0 without a network
     * @param weights the errors of the mixture by λ; empty without a network
     */
    record Tuned(
            double theta,
            double lambda,
            double beta,
            double memoryTheta,
            double memoryBeta,
            long corrected,
            long broken,
            List<WeightPoint> weights) {
        Hyperparameters hyperparameters() {
            return new Hyperparameters(theta, lambda, beta);
        }

        Hyperparameters alone() {
            return new Hyperparameters(memoryTheta, 1, memoryBeta);
        }
    }

    /** Builds and tunes the index, unless its file is there already. */
    static Tuned make(TrialExamples examples, KeyForm form, Map<String, String> attributes, Path file, TrialRun run)
            throws IOException {
        Progress progress = run.begin("indexing");
        Map<String, Object> settings = new LinkedHashMap<>(examples.identity());
        settings.put("form", form.words(examples.memory().dim()));
        settings.put("lambdas", LAMBDAS.length);
        if (!Files.exists(file)) {
            run.work().forget("index", settings);
        }
        return run.work().part("index", settings, Tuned.class, () -> {
            Examples memory = examples.memory();
            try (CacheIndex index = form.index(
                    memory, examples.classes(), examples.classNames(), attributes, run.threads(), progress)) {
                IndexFiller.fill(index, memory, true, progress);
                Tuner tuner = tune(index, examples.tuning(), progress);
                Map<String, String> all = new LinkedHashMap<>(index.attributes());
                all.putAll(tuner.attributes());
                Files.deleteIfExists(file);
                index.saveWhole(file, all);
                return tuned(tuner);
            }
        });
    }

    private static Tuner tune(CacheIndex index, Examples tuning, Progress progress) throws IOException {
        return GridSearch.run(
                        new Evaluation(index, tuning), new Tuner(THETAS, GridSearch.betas(), LAMBDAS), true, progress)
                .tuner();
    }

    private static Tuned tuned(Tuner tuner) {
        Tuner.Point best = tuner.best();
        return new Tuned(
                best.hyperparameters().theta(),
                best.hyperparameters().lambda(),
                best.hyperparameters().beta(),
                tuner.bestCacheOnly().hyperparameters().theta(),
                tuner.bestCacheOnly().hyperparameters().beta(),
                best.corrected(),
                best.broken(),
                tuner.hasNetwork() ? weights(tuner) : List.of());
    }

    private static List<WeightPoint> weights(Tuner tuner) {
        double[] lambdas = tuner.lambdas();
        int theta = Arrays.binarySearch(
                tuner.thetas(), tuner.best().hyperparameters().theta());
        return IntStream.range(0, lambdas.length)
                .mapToObj(i -> new WeightPoint(lambdas[i], tuner.mixedError(theta, i)))
                .toList();
    }

    /** Returns the answers for every test example. */
    static List<Prediction> test(CacheIndex index, Examples test, Tuned tuned, Progress progress) throws IOException {
        List<Prediction> predictions = new ArrayList<>();
        new Evaluation(index, test).predict(tuned.hyperparameters(), tuned.alone(), progress, predictions::add);
        return predictions;
    }

    /** Tunes an index with fewer keys, and counts its errors on the test examples. */
    static ErrorCounts retuned(CacheIndex index, TrialExamples examples, Progress progress) throws IOException {
        Tuned tuned = tuned(tune(index, examples.tuning(), progress));
        ErrorCounts counts = new ErrorCounts();
        test(index, examples.test(), tuned, progress).forEach(counts::add);
        return counts;
    }
}
