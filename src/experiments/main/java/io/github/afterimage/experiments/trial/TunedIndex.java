package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.DoubtThreshold;
import io.github.afterimage.answer.Pool;
import io.github.afterimage.answer.Tuner;
import io.github.afterimage.answer.TuningRows;
import io.github.afterimage.experiments.ErrorCounts;
import io.github.afterimage.experiments.ErrorCounts.Voice;
import io.github.afterimage.experiments.protocol.IndexRecipe;
import io.github.afterimage.experiments.trial.TrialResult.CurvePoint;
import io.github.afterimage.experiments.trial.TrialResult.Errors;
import io.github.afterimage.model.evaluation.BalancedSample;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The rule to which an index of the trial was tuned.
 *
 * @param rule of network and memory; that of the memory alone without a network
 * @param views that the network sees; 0 without one
 * @param alone the rule of the memory alone
 * @param networkAlone the network's answer to these views with a temperature and the shares of the classes; equals {@code alone} without a network
 */
record TunedIndex(Pool rule, int views, Pool alone, Pool networkAlone) {
    /** The shares of the keys in a learning curve. */
    private static final double[] SHARES = {1, 0.5, 0.25, 0.1, 0.05};

    /** Builds and tunes the index as {@code build} and {@code tune} do, unless its file is there already. */
    static TunedIndex make(TrialExamples examples, KeyChoice keys, Path file, TrialOptions options) throws IOException {
        Progress progress = options.begin("indexing");
        String own = examples.steps().file("tuned", "").getFileName().toString();
        WrittenIndex written = new WrittenIndex(file, options);
        if (!written.isOf(own)) {
            examples.steps().forget("tuned"); // another trial wrote the file, such as one with another seed
        }
        return examples.steps().step("tuned", TunedIndex.class, () -> {
            try (CacheIndex index = filled(examples, keys.form(), true, progress)) {
                Tuner tuner = tune(index, examples.tuning(), progress);
                Files.deleteIfExists(file);
                index.files()
                        .saveTuned(
                                file,
                                tuner.attributes(index.attributes(), DoubtThreshold.SHARE),
                                new Evaluation(index, examples.tuning()).rows(index, TuningRows.MOST));
                written.remember(own);
                return of(tuner);
            }
        });
    }

    /** Makes an index of the memory as {@code build} does. */
    static CacheIndex filled(TrialExamples examples, IndexRecipe form, boolean thumbnails, Progress progress)
            throws IOException {
        CacheIndexBuilder builder =
                form.builder(examples.memory(), examples.classes(), progress).attributes(examples.attributes());
        if (examples.classNames().size() == examples.classes()) {
            builder.classNames(examples.classNames());
        }
        return Resources.filled(
                builder.build(), index -> IndexFiller.fill(index, examples.memory(), thumbnails, progress));
    }

    /** Tunes an index as {@code tune} does. */
    static TunedIndex of(CacheIndex index, Examples tuning, Progress progress) throws IOException {
        return of(tune(index, tuning, progress));
    }

    private static Tuner tune(CacheIndex index, Examples tuning, Progress progress) throws IOException {
        return new Evaluation(index, tuning).tuned(new Tuner(), true, progress).tuner();
    }

    private static TunedIndex of(Tuner tuner) {
        int views = tuner.views();
        Pool alone = tuner.rule(Calibration.ALONE);
        return views == Calibration.ALONE
                ? new TunedIndex(alone, views, alone, alone)
                : new TunedIndex(tuner.rule(views), views, alone, tuner.networkAlone(views));
    }

    /** Returns how the index answers. */
    Calibration calibration() {
        return Calibration.of(rule, views);
    }

    /**
     * Returns the errors on the test examples by the number of keys: more and more are removed, of each class its share, and what
     * is left is tuned and tested.
     */
    static List<CurvePoint> curve(TrialExamples examples, Path file, TrialOptions options) throws IOException {
        Progress progress = options.begin("curve");
        return List.of(examples.steps().step("points", CurvePoint[].class, () -> {
            try (CacheIndex index = CacheIndex.open(
                    file, new OpenOptions().verify(false).load(true).threads(options.threads()))) {
                return curve(index, examples, ranks(examples.memory(), options.seed()), progress);
            }
        }));
    }

    private static CurvePoint[] curve(CacheIndex index, TrialExamples examples, double[] ranks, Progress progress)
            throws IOException {
        List<CurvePoint> points = new ArrayList<>();
        for (double share : SHARES) {
            long before = index.size();
            index.remove(IntStream.range(0, ranks.length)
                    .filter(row -> ranks[row] >= share)
                    .mapToLong(row -> row)
                    .toArray());
            if (!points.isEmpty() && index.size() == before) {
                continue; // a small memory has the same keys at several shares
            }
            ErrorCounts counts = new ErrorCounts();
            TunedIndex tuned = of(index, examples.tuning(), progress);
            new Evaluation(index, examples.test()).predict(tuned.calibration(), tuned.alone, progress, counts::add);
            Errors memory = Errors.of(counts.errors(Voice.MEMORY), counts.examples());
            Errors mixed = counts.hasNetwork() ? Errors.of(counts.errors(Voice.TOGETHER), counts.examples()) : memory;
            points.add(0, new CurvePoint(index.size(), memory, mixed));
        }
        return points.toArray(CurvePoint[]::new);
    }

    /** Returns for each key its rank among those of its class, in a random order, as a share of them; the first is 0. */
    private static double[] ranks(Examples keys, long seed) {
        int[] count = new int[keys.classes()];
        int[] place = new int[keys.size()];
        for (int row : BalancedSample.shuffled(IntStream.range(0, keys.size()).toArray(), seed)) {
            place[row] = count[keys.label(row)]++;
        }
        return IntStream.range(0, place.length)
                .mapToDouble(row -> (double) place[row] / count[keys.label(row)])
                .toArray();
    }
}
