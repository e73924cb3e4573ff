package io.github.afterimage.experiment.paper;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Tuner;
import io.github.afterimage.experiment.Examples;
import io.github.afterimage.experiment.Progress;
import io.github.afterimage.network.Layer;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's Figure 2: the errors with each layer alone as key, from the image to the output. As many layers as memory
 * allows share one pass over the images.
 */
public final class LayerSweep {
    private static final int BATCH = 64;
    /** What a group's activations of one batch may take, and its sample that components are learned from. */
    private static final long BATCH_BYTES = 256L << 20;

    private final Settings settings;
    private final WorkFolder work;

    /**
     * What is asked for.
     *
     * @param keyBytes what the keys of one pass may take
     * @param hyperparameters for every layer; null tunes each, on the grid
     */
    public record Settings(
            List<String> layers,
            Split.Rule rule,
            IndexRecipe recipe,
            long keyBytes,
            Hyperparameters hyperparameters,
            double[] thetas,
            double[] lambdas) {}

    /**
     * What one layer came to.
     *
     * @param depth 0 for the image, 1 for the last tensor of the network
     * @param problem why it cannot be a key; null where it can, and the rest holds only then
     * @param keyDim values of a key as it is stored
     */
    public record Outcome(
            String layer,
            double depth,
            String problem,
            int keyDim,
            long keys,
            double theta,
            double lambda,
            long examples,
            double networkError,
            double mixedError,
            double cacheError) {}

    public LayerSweep(Settings settings, WorkFolder work) {
        this.settings = settings;
        this.work = work;
    }

    /** Computes what the work folder does not have; each layer is a part. */
    public List<Outcome> run(DataSource source, Progress progress) throws IOException {
        List<Layer> all = source.layers();
        Map<String, Layer> known = new LinkedHashMap<>();
        all.forEach(layer -> known.put(layer.name(), layer));
        List<String> group = new ArrayList<>();
        long values = 0;
        long bytes = 0;
        long keys = 0;
        for (String name : settings.layers) {
            if (work.has("layer-" + name, settings(source, name))) {
                continue;
            }
            if (name.equals(DataSource.IMAGE)) {
                compute(source, List.of(name), known, progress);
                continue;
            }
            long layerValues = known.get(name).values();
            int keyDim = settings.recipe.reduction() == null
                    ? (int) layerValues
                    : (int) Math.min(layerValues, settings.recipe.reduction().dim());
            keys = keys > 0 ? keys : keys(source);
            long layerBytes = keys * keyDim * settings.recipe.type().bytes();
            if (!group.isEmpty()
                    && (bytes + layerBytes > settings.keyBytes
                            || (values + layerValues) * BATCH * Float.BYTES > BATCH_BYTES)) {
                compute(source, group, known, progress);
                group.clear();
                values = 0;
                bytes = 0;
            }
            group.add(name);
            values += layerValues;
            bytes += layerBytes;
        }
        if (!group.isEmpty()) {
            compute(source, group, known, progress);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (String name : settings.layers) {
            outcomes.add(work.part("layer-" + name, settings(source, name), Outcome.class, () -> {
                throw new IllegalStateException("layer " + name + " was not computed");
            }));
        }
        return outcomes;
    }

    private static long keys(DataSource source) throws IOException {
        try (DataSource.Opened opened = source.open(List.of())) {
            return opened.training().chosen(opened.rows()).size();
        }
    }

    private Map<String, Object> settings(DataSource source, String layer) throws IOException {
        Map<String, Object> all = new LinkedHashMap<>(source.identity());
        all.put("layer", layer);
        all.put("heldOut", settings.rule.heldOut());
        all.put("seed", settings.rule.seed());
        all.put("keys", settings.recipe.text());
        all.put("hyperparameters", String.valueOf(settings.hyperparameters));
        all.put("thetas", settings.hyperparameters == null ? Arrays.toString(settings.thetas) : "");
        all.put("lambdas", settings.hyperparameters == null ? Arrays.toString(settings.lambdas) : "");
        return all;
    }

    private void compute(DataSource source, List<String> names, Map<String, Layer> known, Progress progress)
            throws IOException {
        List<String> order = new ArrayList<>(known.keySet());
        long start = System.nanoTime();
        List<Column> columns = new ArrayList<>();
        try (DataSource.Opened opened = source.open(names)) {
            Split split = settings.rule.of(opened.training(), opened.rows(), opened.test());
            int from = 0;
            for (int i = 0; i < names.size(); i++) {
                double depth =
                        names.get(i).equals(DataSource.IMAGE) ? 0 : (order.indexOf(names.get(i)) + 1.0) / order.size();
                columns.add(new Column(names.get(i), depth, from, opened.sizes().get(i)));
                from += opened.sizes().get(i);
            }
            for (Column column : columns) {
                column.begin(split, progress);
            }
            pass(split.keys(), columns, progress, Column::add);
            if (settings.hyperparameters == null) {
                pass(split.tuning(), columns, progress, Column::tune);
            }
            if (split.joining() != null) {
                pass(split.joining(), columns, progress, Column::add);
            }
            pass(split.test(), columns, progress, Column::test);
            double seconds = (System.nanoTime() - start) / 1e9 / columns.size();
            for (Column column : columns) {
                work.keep("layer-" + column.name, settings(source, column.name), seconds, column.outcome());
            }
        } finally {
            columns.forEach(Column::close);
        }
    }

    private interface Use {
        void of(Column column, FloatBuffer features, Examples.Batch batch);
    }

    private static void pass(Examples examples, List<Column> columns, Progress progress, Use use) throws IOException {
        examples.forEachBatch(BATCH, progress, batch -> {
            for (Column column : columns) {
                if (column.problem == null) {
                    try {
                        use.of(column, column.of(batch.features(), batch.labels().length), batch);
                    } catch (IllegalArgumentException e) {
                        column.problem = e.getMessage();
                    }
                }
            }
        });
    }

    /** One layer: a range of the columns of all features, with its index. */
    private final class Column implements AutoCloseable {
        private final String name;
        private final double depth;
        private final int from;
        private final int size;
        private CacheIndex index;
        private Tuner tuner;
        private Tuner test;
        private String problem;

        Column(String name, double depth, int from, int size) {
            this.name = name;
            this.depth = depth;
            this.from = from;
            this.size = size;
        }

        void begin(Split split, Progress progress) throws IOException {
            Examples own = new ColumnExamples(split.keys(), from, size);
            try {
                index = settings.recipe.build(own, split.finalKeys(), progress);
            } catch (IllegalArgumentException e) {
                problem = e.getMessage();
            }
            if (settings.hyperparameters == null) {
                tuner = new Tuner(settings.thetas, settings.lambdas);
            }
        }

        FloatBuffer of(FloatBuffer features, int count) {
            return ColumnExamples.columns(features, count, from, size);
        }

        void add(FloatBuffer features, Examples.Batch batch) {
            index.add(features, batch.labels());
        }

        void tune(FloatBuffer features, Examples.Batch batch) {
            tuner.accept(index.query(features, settings.thetas), batch.probabilities(), batch.labels());
        }

        void test(FloatBuffer features, Examples.Batch batch) {
            if (test == null) {
                Hyperparameters chosen = chosen();
                double alone = tuner == null
                        ? chosen.theta()
                        : tuner.bestCacheOnly().hyperparameters().theta();
                test = new Tuner(new double[] {chosen.theta(), alone}, new double[] {chosen.lambda()});
            }
            test.accept(index.query(features, test.thetas()), batch.probabilities(), batch.labels());
        }

        private Hyperparameters chosen() {
            return tuner == null ? settings.hyperparameters : tuner.best().hyperparameters();
        }

        Outcome outcome() {
            if (problem != null) {
                return new Outcome(name, depth, problem, 0, 0, 0, 0, 0, 0, 0, 0);
            }
            return new Outcome(
                    name,
                    depth,
                    null,
                    index.keyDim(),
                    index.size(),
                    chosen().theta(),
                    chosen().lambda(),
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
}
