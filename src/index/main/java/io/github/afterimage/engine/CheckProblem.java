package io.github.afterimage.engine;

import io.github.afterimage.ElementType;
import io.github.afterimage.keys.KeyStore;
import io.github.afterimage.keys.Snapshot;
import io.github.afterimage.scan.QueriedKeys;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A small fixed problem that compares engines with {@code reference}. No count is a multiple of the blocks of an engine, and
 * the values of the queries are the same after rounding to any type of keys, so that the engines must agree closely.
 */
public final class CheckProblem {
    private static final int DIM = 83;
    private static final int CLASSES = 7;
    private static final int KEYS = 300;
    private static final int REMOVED = 5;
    private static final long[] WEIGHTED = {0, 7, 130};
    private static final float[] WEIGHTS = {5, 0.25f, 20};
    private static final int BATCH = 21;
    /** One θ and several take different kernels. With a small θ every key counts, with a great one rounding does. */
    private static final float[][] THETAS = {{10}, {5, 90}};

    private static final float GRADIENT_THETA = 10;

    /** The promise of {@link io.github.afterimage.Engines}, up to θ = 10 and at θ = 90. */
    private static final double[] PROBABILITY_TOLERANCES = {1e-6, 2e-5};

    /** Sums of {@value #DIM} float32 products below 1. */
    private static final double SCORE_TOLERANCE = 2e-6;
    /** Rounded to float32 about as often as a probability, times θ, which is {@value #GRADIENT_THETA}. */
    private static final double GRADIENT_TOLERANCE = 1e-4;

    private final SplittableRandom random = new SplittableRandom(24);
    private final float[] keys = new float[KEYS * DIM];
    private final int[] labels = new int[KEYS];
    private final float[] queries = new float[BATCH * DIM];
    private final float[] cotangents = new float[BATCH * CLASSES];

    private CheckProblem() {
        for (int i = 0; i < keys.length; i++) {
            keys[i] = (float) random.nextDouble() - 0.3f;
        }
        for (int i = 1; i < KEYS; i++) {
            labels[i] = random.nextInt(9) == 0 ? random.nextInt(CLASSES) : labels[i - 1];
        }
        for (int query = 0; query < BATCH; query++) {
            // 64 values of 1/8 or -1/8: of unit norm, and exact in every type.
            for (int chosen = 0; chosen < 64; ) {
                int place = query * DIM + random.nextInt(DIM);
                if (queries[place] == 0) {
                    queries[place] = random.nextInt(3) == 0 ? -0.125f : 0.125f;
                    chosen++;
                }
            }
        }
        for (int i = 0; i < cotangents.length; i++) {
            cotangents[i] = (float) random.nextDouble();
        }
    }

    /**
     * Compares engines with the reference, with keys of every type.
     *
     * @param engines by the names for messages; nearest keys and gradients are compared for the first one
     * @return the greatest difference of a probability
     * @throws IllegalStateException if an engine differs; its message has the figures
     */
    public static double difference(Map<String, KeyEngine> engines) {
        CheckProblem problem = new CheckProblem();
        double greatest = 0;
        try (Workers workers = new Workers(1)) {
            for (ElementType type : ElementType.values()) {
                greatest = Math.max(greatest, problem.difference(engines, type, new Scan(workers)));
            }
        }
        return greatest;
    }

    private double difference(Map<String, KeyEngine> engines, ElementType type, Scan scan) {
        try (KeyStore store = new KeyStore(DIM, CLASSES, type, KEYS)) {
            store.add(FloatBuffer.wrap(keys), labels);
            store.remove(REMOVED);
            if (type.ordinal() % 2 == 1) { // half of the types, so that keys without weights are compared too
                store.weigh(WEIGHTED, WEIGHTS);
            }
            try (Snapshot snapshot = store.snapshot()) {
                Request reference = request(ReferenceEngine.INSTANCE, snapshot);
                double greatest = 0;
                for (float[] thetas : THETAS) {
                    List<NormalizedSums> expected = scan.normalizedSums(reference, thetas);
                    for (Map.Entry<String, KeyEngine> engine : engines.entrySet()) {
                        String what = "probability of " + type.shortName() + " keys, " + engine.getKey();
                        List<NormalizedSums> found = scan.normalizedSums(request(engine.getValue(), snapshot), thetas);
                        for (int t = 0; t < thetas.length; t++) {
                            double tolerance = PROBABILITY_TOLERANCES[thetas[t] <= 10 ? 0 : 1];
                            double difference = difference(
                                    what, found.get(t).values(), expected.get(t).values(), tolerance);
                            greatest = Math.max(greatest, difference);
                        }
                    }
                }
                Map.Entry<String, KeyEngine> first =
                        engines.entrySet().iterator().next();
                String what = " of " + type.shortName() + " keys, " + first.getKey();
                Request request = request(first.getValue(), snapshot);
                difference(
                        "score" + what,
                        scan.nearest(request, KEYS - 1).scores(),
                        scan.nearest(reference, KEYS - 1).scores(),
                        SCORE_TOLERANCE);
                difference(
                        "gradient" + what,
                        scan.gradient(request, GRADIENT_THETA, cotangents),
                        scan.gradient(reference, GRADIENT_THETA, cotangents),
                        GRADIENT_TOLERANCE);
                return greatest;
            }
        }
    }

    private Request request(KeyEngine engine, Snapshot snapshot) {
        return new Request(
                engine,
                QueriedKeys.all(snapshot),
                new long[0],
                Columns.ofClasses(CLASSES),
                FloatBuffer.wrap(queries),
                DIM);
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
