package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.KeySet;
import io.github.afterimage.Query;
import io.github.afterimage.engine.Engines;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Measures the cost of a query that is restricted to a share of the keys. Each round times the plain query, then those restricted
 * to each share: to random keys by their ids, and to the first classes by their labels, whose keys lie together. Then the query
 * in which each row leaves out a key of its own.
 *
 * <p>Arguments: number of keys, dim, and rounds (15). Prints the least times, as multiples of the plain query's.
 */
public final class RestrictionBenchmark {
    private static final double[] SHARES = {1, 0.9, 0.5, 0.1, 0.01};
    private static final int CLASSES = 100;
    private static final long ROUND_NANOS = 30_000_000;

    private RestrictionBenchmark() {}

    public static void main(String[] args) {
        int size = Integer.parseInt(args[0]);
        int dim = Integer.parseInt(args[1]);
        int rounds = args.length > 2 ? Integer.parseInt(args[2]) : 15;
        System.out.println("# " + Machine.describe() + ", " + size + " x " + dim + ", " + CLASSES + " classes");
        System.out.println("| keys | queries | chosen | " + join(SHARES, "%s") + " |");
        SyntheticKeys keys = new SyntheticKeys(dim, CLASSES);
        for (ElementType type : new ElementType[] {ElementType.FLOAT32, ElementType.INT8}) {
            try (CacheIndex index =
                    keys.index(size, builder -> builder.type(type).engine(Engines.named("fused")))) {
                for (int batch : new int[] {1, 256}) {
                    Query plain = Query.of(keys.queries(batch)).thetas(ReferenceAnswer.THETA);
                    String row = "| " + type.shortName() + " | " + batch + " | ";
                    for (boolean random : new boolean[] {true, false}) {
                        Query[] queries = Arrays.stream(SHARES)
                                .mapToObj(share -> plain.only(random ? ids(index.size(), share) : labels(share)))
                                .toArray(Query[]::new);
                        System.out.println(row + (random ? "at random" : "by class") + " | "
                                + join(ratios(index, plain, queries, rounds), "%.2f") + " |");
                    }
                    Query each = plain.excludingEach(LongStream.range(0, batch)
                            .map(i -> i * size / batch)
                            .toArray());
                    System.out.println(row + "all but one for each query | "
                            + join(ratios(index, plain, new Query[] {each}, rounds), "%.2f") + " |");
                }
            }
        }
    }

    private static double[] ratios(CacheIndex index, Query plain, Query[] queries, int rounds) {
        double least = Double.MAX_VALUE;
        double[] restricted = new double[queries.length];
        Arrays.fill(restricted, Double.MAX_VALUE);
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < queries.length; i++) {
                least = Math.min(least, seconds(index, plain));
                restricted[i] = Math.min(restricted[i], seconds(index, queries[i]));
            }
        }
        double unrestricted = least;
        return Arrays.stream(restricted).map(time -> time / unrestricted).toArray();
    }

    /** Returns the mean time of a query, over several if one is short. */
    private static double seconds(CacheIndex index, Query query) {
        long start = System.nanoTime();
        int count = 0;
        long nanos = 0;
        while (nanos < ROUND_NANOS) {
            index.answer(query);
            count++;
            nanos = System.nanoTime() - start;
        }
        return nanos / 1e9 / count;
    }

    private static KeySet ids(long size, double share) {
        SplittableRandom random = new SplittableRandom(5);
        return KeySet.ids(LongStream.range(0, size)
                .filter(id -> random.nextDouble() < share)
                .toArray());
    }

    private static KeySet labels(double share) {
        return KeySet.labels(
                IntStream.range(0, (int) Math.round(CLASSES * share)).toArray());
    }

    private static String join(double[] values, String format) {
        return Arrays.stream(values)
                .mapToObj(value -> String.format(Locale.ROOT, format, value))
                .reduce((left, right) -> left + " | " + right)
                .orElseThrow();
    }
}
