package io.github.afterimage.bench;

import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import java.lang.reflect.Field;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.apache.lucene.util.VectorUtil;

/**
 * The operator as one writes it around a vector library's dot product: every key against every query, a key at a time so
 * that it is read once, exp and a sum for its class. Math.exp costs less than a tenth of the product at d = 192.
 *
 * @param <V> the library's vectors
 */
final class VectorScan<V> {
    /** From this release of Java on, both libraries have kernels on the Vector API; before, they are plain loops. */
    private static final int FIRST_WITH_KERNELS = 21;
    /** The last release of Java that Lucene 9 has kernels for; Lucene 10 does not compile with Java 17. */
    private static final int LAST_OF_LUCENE = 22;

    private final DotProduct<V> product;
    private final Function<float[], V> vectors;
    private final List<V> keys;
    private final int[] labels;
    private final int classes;

    /** The inner product of the library. */
    interface DotProduct<V> {
        float of(V key, V query);
    }

    private VectorScan(
            DotProduct<V> product, Function<float[], V> vectors, List<float[]> keys, int[] labels, int classes) {
        this.product = product;
        this.vectors = vectors;
        this.keys = vectors(keys);
        this.labels = labels;
        this.classes = classes;
    }

    /** Where Lucene has no kernels for this Java, its plain loops are no comparison. */
    static boolean withLucene() {
        return Runtime.version().feature() <= LAST_OF_LUCENE;
    }

    static VectorScan<float[]> lucene(List<float[]> keys, int[] labels, int classes) {
        try {
            Field kernels = VectorUtil.class.getDeclaredField("IMPL");
            kernels.setAccessible(true);
            requireKernels("Lucene", kernels.get(null));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return new VectorScan<>(VectorUtil::dotProduct, row -> row, keys, labels, classes);
    }

    static VectorScan<VectorFloat<?>> jvector(List<float[]> keys, int[] labels, int classes) {
        VectorizationProvider provider = VectorizationProvider.getInstance();
        requireKernels("JVector", provider);
        return new VectorScan<>(
                io.github.jbellis.jvector.vector.VectorUtil::dotProduct,
                provider.getVectorTypeSupport()::createFloatVector,
                keys,
                labels,
                classes);
    }

    private static void requireKernels(String library, Object kernels) {
        String name = kernels.getClass().getSimpleName();
        System.out.println(library + " has the kernels " + name);
        if (Runtime.version().feature() >= FIRST_WITH_KERNELS && name.startsWith("Default")) {
            throw new IllegalStateException(
                    library + " has no vector kernels: run with --add-modules jdk.incubator.vector");
        }
    }

    /** Describes the kernels of both libraries on this release of Java. */
    static String kernels() {
        return Runtime.version().feature() >= FIRST_WITH_KERNELS
                ? "kernels on the Vector API"
                : "plain loops, as before Java " + FIRST_WITH_KERNELS;
    }

    List<V> vectors(List<float[]> rows) {
        return rows.stream().map(vectors).toList();
    }

    /** Probabilities {@code (queries.size(), classes)} row-major. */
    double[] probabilities(List<V> queries, double theta) {
        double[] sums = IntStream.range(0, Machine.THREADS)
                .parallel()
                .mapToObj(part -> classSums(queries, theta, (int) ((long) keys.size() * part / Machine.THREADS), (int)
                        ((long) keys.size() * (part + 1) / Machine.THREADS)))
                .reduce(VectorScan::sum)
                .orElseThrow();
        for (int query = 0; query < queries.size(); query++) {
            double total = 0;
            for (int c = 0; c < classes; c++) {
                total += sums[query * classes + c];
            }
            for (int c = 0; c < classes; c++) {
                sums[query * classes + c] /= total;
            }
        }
        return sums;
    }

    private double[] classSums(List<V> queries, double theta, int first, int end) {
        double[] sums = new double[queries.size() * classes];
        for (int key = first; key < end; key++) {
            V row = keys.get(key);
            for (int query = 0; query < queries.size(); query++) {
                double score = product.of(row, queries.get(query));
                sums[query * classes + labels[key]] += Math.exp(theta * (score - 1));
            }
        }
        return sums;
    }

    private static double[] sum(double[] a, double[] b) {
        for (int i = 0; i < a.length; i++) {
            a[i] += b[i];
        }
        return a;
    }
}
