package io.github.afterimage.engine;

import io.github.afterimage.keys.KeyFormat;
import io.github.afterimage.keys.KeyRows;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.QueriedKeys;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.reduce.Entries;
import io.github.afterimage.reduce.LearnedReducer;
import io.github.afterimage.reduce.Reducer;
import io.github.afterimage.reduce.Reduction;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A fixed problem that compares engines with {@code reference}, small, but of a shape that lets every loop of a kernel run more than
 * once: keys and queries take several blocks, rows several steps, and float32 rows two chunks of a product. No count is a multiple
 * of the blocks of an engine, and the values of the queries are the same after rounding to any type of keys, so that the engines
 * must agree closely.
 *
 * <p>Keys of half of the types are in the order of their classes. The others are not; some of them are removed.
 */
public final class CheckProblem {
    /** Those that take most kernels first, so that most faults are noticed soon. */
    private static final List<ElementType> TYPES =
            List.of(ElementType.FLOAT16, ElementType.INT8, ElementType.BFLOAT16, ElementType.FLOAT32);

    /** Of float32 keys: more than a chunk of 512. */
    private static final int LONG_DIM = 531;
    /** Of other keys: nine steps of 32 columns. */
    private static final int DIM = 275;

    private static final int CLASSES = 7;
    private static final int KEYS = 450;
    private static final int BATCH = 130;
    /** Queries of the answers that no kernel computes for several at a time. */
    private static final int FEW = 21;

    private static final long[] REMOVED = {5, 200, 401};
    /** One θ and several take different kernels. With a small θ every key counts, with a great one rounding does. */
    private static final float[][] THETAS = {{10}, {5, 0, 90, 8, 20, 3, 10, 40, 60}};

    private static final float GRADIENT_THETA = 10;

    /** Sums of float32 products below 1. */
    private static final double SCORE_TOLERANCE = 2e-6;
    /** Rounded to float32 about as often as a probability, times θ, which is {@value #GRADIENT_THETA}. */
    private static final double GRADIENT_TOLERANCE = 1e-4;

    /** Values of a reduced row. */
    private static final int REDUCED = 70;

    private final SplittableRandom random = new SplittableRandom(24);
    private final ElementType type;
    private final boolean sorted;
    private final int dim;
    private final float[] queries;

    private CheckProblem(ElementType type) {
        this.type = type;
        sorted = type == ElementType.FLOAT32 || type == ElementType.BFLOAT16;
        dim = type == ElementType.FLOAT32 ? LONG_DIM : DIM;
        queries = new float[BATCH * dim];
        for (int query = 0; query < BATCH; query++) {
            // A single 1, or 256 values of 1/16 or -1/16: of unit norm, and exact in every type.
            if (query % 5 == 0) {
                queries[query * dim + query * 37 % dim] = 1;
                continue;
            }
            for (int chosen = 0; chosen < 256; ) {
                int place = query * dim + random.nextInt(dim);
                if (queries[place] == 0) {
                    queries[place] = random.nextInt(3) == 0 ? -0.0625f : 0.0625f;
                    chosen++;
                }
            }
        }
    }

    /**
     * Compares engines with the reference, with keys of every type.
     *
     * @param engines by the names for messages; answers of all kinds are compared for the first one, class sums for several θ
     *     and greatest scores for the others
     * @return the greatest difference of a probability
     * @throws IllegalStateException if an engine differs; its message has the figures
     */
    public static double difference(Function<ElementType, Map<String, KeyEngine>> engines) {
        double greatest = 0;
        try (Workers workers = new Workers(1)) {
            for (ElementType type : TYPES) {
                CheckProblem problem = new CheckProblem(type);
                Map<String, KeyEngine> ofType = engines.apply(type);
                greatest = Math.max(greatest, problem.difference(ofType, new Scan(workers)));
                if (type == ElementType.FLOAT32) {
                    problem.compareProjections(ofType.values().iterator().next(), workers);
                }
            }
        }
        return greatest;
    }

    private double difference(Map<String, KeyEngine> engines, Scan scan) {
        KeyFormat format = new KeyFormat(dim, CLASSES, type);
        try (KeyStore store = new KeyStore(format, KEYS)) {
            store.add(KeyRows.of(numbers(KEYS * dim, -0.3f), labels()));
            if (!sorted) {
                store.remove(REMOVED);
            }
            try (Snapshot snapshot = store.snapshot()) {
                String kind = type.shortName() + " keys, ";
                Map.Entry<String, KeyEngine> first =
                        engines.entrySet().iterator().next();
                double greatest = 0;
                for (float[] thetas : THETAS) {
                    Sums expected = sums(request(ReferenceEngine.INSTANCE, snapshot, BATCH), thetas, scan);
                    for (Map.Entry<String, KeyEngine> engine : engines.entrySet()) {
                        if (thetas.length > 1 || engine.equals(first)) {
                            String where = " of " + kind + engine.getKey();
                            Request request = request(engine.getValue(), snapshot, BATCH);
                            Sums found = finite("probability" + where, scan, () -> sums(request, thetas, scan));
                            for (int t = 0; t < thetas.length; t++) {
                                double difference = difference(
                                        "probability" + where,
                                        found.normalized.get(t).values(),
                                        expected.normalized.get(t).values(),
                                        tolerance(thetas[t]));
                                greatest = Math.max(greatest, difference);
                            }
                            difference("greatest score" + where, found.maxima, expected.maxima, SCORE_TOLERANCE);
                        }
                    }
                }
                compareOthers(kind + first.getKey(), first.getValue(), snapshot, scan);
                return greatest;
            }
        }
    }

    /** The greatest scores choose the references: a wrong one changes no probability until a sum overflows. */
    private record Sums(List<NormalizedSums> normalized, float[] maxima) {}

    private static Sums sums(Request request, float[] thetas, Scan scan) {
        try (Partial partial = scan.partial(request, thetas)) {
            float[] maxima = new float[BATCH];
            partial.maxima().get(maxima);
            return new Sums(partial.normalized(), maxima);
        }
    }

    /** Runs a call; fails if the engine gives a number that is not finite, even if a repetition for single queries mends it. */
    private static <T> T finite(String what, Scan scan, Supplier<T> call) {
        long repeated = scan.repeatedQueries();
        T found;
        try {
            found = call.get();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(what + ": not finite", e);
        }
        if (scan.repeatedQueries() > repeated) {
            throw new IllegalStateException(
                    what + ": not finite for " + (scan.repeatedQueries() - repeated) + " queries");
        }
        return found;
    }

    /** Half of what {@link io.github.afterimage.Engines} promises up to θ = 10, and all of it at θ = 90. */
    private static double tolerance(float theta) {
        return theta <= 10 ? 1e-6 : 2e-5;
    }

    private void compareOthers(String what, KeyEngine engine, Snapshot snapshot, Scan scan) {
        Request request = request(engine, snapshot, FEW);
        Request reference = request(ReferenceEngine.INSTANCE, snapshot, FEW);
        String score = "score of " + what;
        NearestKeys nearest = finite(score, scan, () -> scan.nearest(request, KEYS - 1));
        compareNearest(score, nearest, scan.nearest(reference, KEYS));
        float[] cotangents = new float[FEW * CLASSES];
        numbers(cotangents.length, 0).get(cotangents);
        String gradient = "gradient of " + what;
        difference(
                gradient,
                finite(gradient, scan, () -> scan.gradient(request, GRADIENT_THETA, cotangents)),
                scan.gradient(reference, GRADIENT_THETA, cotangents),
                GRADIENT_TOLERANCE);
    }

    /** Compares the scores, and those of the keys in the reference: keys of nearly equal scores may change places. */
    private static void compareNearest(String what, NearestKeys found, NearestKeys expected) {
        for (int query = 0; query < FEW; query++) {
            Map<Long, Float> scores = new HashMap<>();
            for (int i = query * expected.k(); i < (query + 1) * expected.k(); i++) {
                scores.put(expected.ids()[i], expected.scores()[i]);
            }
            float[] ofKeys = new float[found.k()];
            for (int i = 0; i < found.k(); i++) {
                ofKeys[i] = scores.getOrDefault(found.ids()[query * found.k() + i], Float.NaN);
            }
            float[] mine = Arrays.copyOfRange(found.scores(), query * found.k(), (query + 1) * found.k());
            int start = query * expected.k();
            difference(what, mine, ofKeys, SCORE_TOLERANCE);
            difference(what, mine, Arrays.copyOfRange(expected.scores(), start, start + found.k()), SCORE_TOLERANCE);
        }
    }

    private void compareProjections(KeyEngine engine, Workers workers) {
        float[] none = {};
        List<Supplier<Reducer>> kinds = List.of( // whose matrix a device may compute, and one that it is given
                () -> Reduction.gaussian(REDUCED).withSeed(3).reducer(dim, 1),
                () -> LearnedReducer.of(
                        Reduction.principalComponents(REDUCED),
                        dim,
                        Arrays.copyOf(queries, REDUCED * dim),
                        none,
                        none,
                        1));
        for (Supplier<Reducer> kind : kinds) {
            try (Reducer reducer = kind.get()) {
                Entries entries = reducer.entries().orElseThrow();
                int columns = reducer.outputDim();
                float[] found = new float[BATCH * columns];
                float[] expected = new float[BATCH * columns];
                float[] row = new float[dim];
                for (int column = 0; column < columns; column++) {
                    entries.fill(column, row);
                    for (int query = 0; query < BATCH; query++) {
                        double sum = 0;
                        for (int i = 0; i < dim; i++) {
                            sum += (double) row[i] * queries[query * dim + i];
                        }
                        expected[query * columns + column] = (float) (sum * entries.scale());
                    }
                }
                try (Projection projection = new Projection(dim, columns, entries)) {
                    if (engine.project(projection, workers, FloatBuffer.wrap(queries), FloatBuffer.wrap(found))) {
                        difference("row reduced by " + reducer.reduction(), found, expected, SCORE_TOLERANCE);
                    }
                }
            }
        }
    }

    /** Returns numbers between {@code least} and {@code least + 1}. */
    private FloatBuffer numbers(int count, float least) {
        FloatBuffer numbers = FloatBuffer.allocate(count);
        while (numbers.hasRemaining()) {
            numbers.put((float) random.nextDouble() + least);
        }
        return numbers.flip();
    }

    private int[] labels() {
        int[] labels = new int[KEYS];
        for (int i = 1; i < KEYS; i++) {
            labels[i] = sorted ? i * CLASSES / KEYS : random.nextInt(9) == 0 ? random.nextInt(CLASSES) : labels[i - 1];
        }
        return labels;
    }

    private Request request(KeyEngine engine, Snapshot snapshot, int batch) {
        return new Request(engine, QueriedKeys.all(snapshot), CLASSES, FloatBuffer.wrap(queries, 0, batch * dim), dim);
    }

    private static double difference(String what, float[] found, float[] expected, double tolerance) {
        double greatest = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs((double) found[i] - expected[i]);
            if (!(difference <= tolerance)) { // NaN too
                throw new IllegalStateException(what + ": value " + i + " is " + found[i] + ", reference gives "
                        + expected[i] + ", expected a difference of at most " + tolerance);
            }
            greatest = Math.max(greatest, difference);
        }
        return greatest;
    }
}
