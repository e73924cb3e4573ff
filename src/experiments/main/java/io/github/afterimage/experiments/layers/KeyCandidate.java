package io.github.afterimage.experiments.layers;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.Progress;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.answer.Query;
import io.github.afterimage.experiments.layers.LayerSlice.LayerSliceExamples;
import io.github.afterimage.experiments.protocol.PaperGrid;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.protocol.Split;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.NullUnmarked;

/**
 * One of several candidate keys that share passes over the images: its slice of the features, its index, and its grid.
 */
@NullUnmarked // resources open on first use
final class KeyCandidate implements AutoCloseable {
    /** The number of images in a batch: small, because a batch holds the activations of many layers. */
    static final int BATCH = 64;

    private final LayerSlice slice;
    private final FloatBuffer buffer;
    private CacheIndex index;
    private PaperGrid grid; // null if theta and lambda are given
    private Mixture chosen;
    private PaperGrid test;
    private String problem;

    private KeyCandidate(LayerSlice slice) {
        this.slice = slice;
        buffer = Network.buffer(BATCH, slice.length());
    }

    /**
     * Fills the indexes of several candidates, tunes them unless the mixture is given, and tests them.
     *
     * @param split examples whose features hold all layers of all candidates
     * @param given θ and λ for every candidate; null tunes each on the grid
     */
    static List<LayerErrors> run(
            List<LayerSlice> keys, Split split, Protocol protocol, Mixture given, Progress progress)
            throws IOException {
        List<KeyCandidate> all = keys.stream().map(KeyCandidate::new).toList();
        try {
            for (KeyCandidate candidate : all) {
                candidate.begin(split, protocol, given, progress);
            }
            pass(split.keys(), all, progress, KeyCandidate::add);
            if (given == null) {
                pass(split.tuning(), all, progress, KeyCandidate::tune);
            }
            if (split.joining() != null) {
                pass(split.joining(), all, progress, KeyCandidate::add);
            }
            pass(split.test(), all, progress, KeyCandidate::test);
            return all.stream().map(KeyCandidate::errors).toList();
        } finally {
            all.forEach(KeyCandidate::close);
        }
    }

    private interface Step {
        void run(KeyCandidate candidate, FloatBuffer features, Examples.Batch batch);
    }

    private static void pass(Examples examples, List<KeyCandidate> all, Progress progress, Step step)
            throws IOException {
        examples.forEachBatch(BATCH, progress, batch -> {
            for (KeyCandidate candidate : all) {
                if (candidate.problem == null) {
                    try {
                        FloatBuffer features =
                                candidate.slice.of(batch.features(), batch.labels().length, candidate.buffer);
                        step.run(candidate, features, batch);
                    } catch (IllegalArgumentException e) {
                        candidate.problem = e.getMessage();
                    }
                }
            }
        });
    }

    private void begin(Split split, Protocol protocol, Mixture given, Progress progress) throws IOException {
        chosen = given;
        if (given == null) {
            grid = protocol.grid();
        }
        try {
            Examples keys = new LayerSliceExamples(split.keys(), slice);
            index = protocol.recipe().build(keys, split.finalKeys(), progress);
        } catch (IllegalArgumentException e) {
            problem = e.getMessage();
        }
    }

    private void add(FloatBuffer features, Examples.Batch batch) {
        index.add(KeyBatch.of(features, batch.labels()));
    }

    private void tune(FloatBuffer features, Examples.Batch batch) {
        count(grid, features, batch);
    }

    private void test(FloatBuffer features, Examples.Batch batch) {
        if (test == null) {
            Mixture alone = grid == null ? chosen : grid.bestAlone().mixture();
            chosen = grid == null ? chosen : grid.best().mixture();
            test = new PaperGrid(new double[] {chosen.theta(), alone.theta()}, new double[] {chosen.lambda()});
        }
        count(test, features, batch);
    }

    private void count(PaperGrid counted, FloatBuffer features, Examples.Batch batch) {
        counted.accept(
                index.answer(Query.of(features).thetas(counted.thetas())), batch.probabilities(1), batch.labels());
    }

    private LayerErrors errors() {
        if (problem != null) {
            return new LayerErrors(slice.layer(), slice.depth(), problem, 0, 0, 0, 0, 0, 0, 0, 0);
        }
        return new LayerErrors(
                slice.layer(),
                slice.depth(),
                null,
                index.format().keyDim(),
                index.size(),
                chosen.theta(),
                chosen.lambda(),
                test.examples(),
                test.networkError(),
                test.error(0, 0),
                test.aloneError(1));
    }

    @Override
    public void close() {
        if (index != null) {
            index.close();
        }
    }
}
