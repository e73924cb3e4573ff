package io.github.afterimage.experiments.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.evaluation.Progress;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * One of several keys that are tried in the same passes over the images: its columns of all features, its index, and the
 * errors that it makes.
 */
final class Candidate implements AutoCloseable {
    /** Images of one pass at a time. */
    static final int BATCH = 64;

    private final LayerSlice columns;
    private final FloatBuffer room;
    private CacheIndex index;
    private Tuner tuner; // null where theta and lambda are given
    private Hyperparameters chosen;
    private Tuner test;
    private String problem;

    private Candidate(LayerSlice columns) {
        this.columns = columns;
        room = columns.room(BATCH);
    }

    /** How keys are made and tried. */
    record Settings(IndexRecipe recipe, Hyperparameters given, double[] thetas, double[] lambdas) {}

    /** What one came to; {@code problem} says why it cannot be a key, and is null where it can. */
    record Outcome(
            String problem,
            int keyDim,
            long keys,
            double theta,
            double lambda,
            long examples,
            double networkError,
            double mixedError,
            double cacheError) {}

    /**
     * Tries keys: fills their indexes, tunes them where no hyperparameters are given, and tests them.
     *
     * @param split of examples whose features hold all layers of all keys
     */
    static List<Outcome> run(List<LayerSlice> keys, Split split, Settings settings, Progress progress)
            throws IOException {
        List<Candidate> all = keys.stream().map(Candidate::new).toList();
        try {
            for (Candidate each : all) {
                each.begin(split, settings, progress);
            }
            pass(split.keys(), all, progress, (each, features, batch) -> each.index.add(features, batch.labels()));
            if (settings.given == null) {
                pass(split.tuning(), all, progress, Candidate::tune);
            }
            if (split.joining() != null) {
                pass(
                        split.joining(),
                        all,
                        progress,
                        (each, features, batch) -> each.index.add(features, batch.labels()));
            }
            pass(split.test(), all, progress, Candidate::test);
            return all.stream().map(Candidate::outcome).toList();
        } finally {
            all.forEach(Candidate::close);
        }
    }

    private interface Use {
        void of(Candidate candidate, FloatBuffer features, Examples.Batch batch);
    }

    private static void pass(Examples examples, List<Candidate> all, Progress progress, Use use) throws IOException {
        examples.forEachBatch(BATCH, progress, batch -> {
            for (Candidate each : all) {
                if (each.problem == null) {
                    try {
                        use.of(each, each.columns.of(batch.features(), batch.labels().length, each.room), batch);
                    } catch (IllegalArgumentException e) {
                        each.problem = e.getMessage();
                    }
                }
            }
        });
    }

    private void begin(Split split, Settings settings, Progress progress) throws IOException {
        chosen = settings.given;
        if (chosen == null) {
            tuner = new Tuner(settings.thetas, settings.lambdas);
        }
        try {
            index = settings.recipe.build(new LayerSliceExamples(split.keys(), columns), split.finalKeys(), progress);
        } catch (IllegalArgumentException e) {
            problem = e.getMessage();
        }
    }

    private void tune(FloatBuffer features, Examples.Batch batch) {
        tuner.accept(index.query(features, tuner.thetas()), batch.probabilities(), batch.labels());
    }

    private void test(FloatBuffer features, Examples.Batch batch) {
        if (test == null) {
            chosen = tuner == null ? chosen : tuner.best().hyperparameters();
            double alone = tuner == null
                    ? chosen.theta()
                    : tuner.bestCacheOnly().hyperparameters().theta();
            test = new Tuner(new double[] {chosen.theta(), alone}, new double[] {chosen.lambda()});
        }
        test.accept(index.query(features, test.thetas()), batch.probabilities(), batch.labels());
    }

    private Outcome outcome() {
        if (problem != null) {
            return new Outcome(problem, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        return new Outcome(
                null,
                index.keyDim(),
                index.size(),
                chosen.theta(),
                chosen.lambda(),
                test.examples(),
                test.networkError(),
                test.mixedError(0, 0),
                test.cacheOnlyError(1));
    }

    @Override
    public void close() {
        if (index != null) {
            index.close();
        }
    }
}
