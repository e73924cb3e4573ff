package io.github.afterimage.bench;

import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.util.VectorUtil;

/** The vector kernels of Lucene and JVector over the same keys. */
final class VectorLibraries {
    /** From this release of Java on, both have kernels on the Vector API; before, they are plain loops. */
    private static final int FIRST_WITH_KERNELS = 21;
    /** The last release of Java that Lucene 9 has kernels for; Lucene 10 does not compile with Java 17. */
    private static final int LAST_OF_LUCENE = 22;

    /** Null where it has no kernels for this Java, though there are some: its plain loops are no comparison. */
    final VectorScan<float[]> lucene;

    final VectorScan<VectorFloat<?>> jvector;
    private final VectorTypeSupport types = VectorizationProvider.getInstance().getVectorTypeSupport();

    /** @throws IllegalStateException if a library has vector kernels for this Java, and did not take them */
    VectorLibraries(List<float[]> keys, int[] labels, int classes, int threads) {
        String luceneKernels = withLucene() ? luceneKernels() : luceneDescription();
        String jvectorKernels = VectorizationProvider.getInstance().getClass().getSimpleName();
        System.out.println("kernels: Lucene " + luceneKernels + ", JVector " + jvectorKernels);
        if (Runtime.version().feature() >= FIRST_WITH_KERNELS
                && (luceneKernels.startsWith("Default") || jvectorKernels.startsWith("Default"))) {
            throw new IllegalStateException("no vector kernels: run with --add-modules jdk.incubator.vector");
        }
        lucene = withLucene() ? new VectorScan<>(VectorUtil::dotProduct, keys, labels, classes, threads) : null;
        jvector = new VectorScan<>(
                io.github.jbellis.jvector.vector.VectorUtil::dotProduct, wrapped(keys), labels, classes, threads);
    }

    List<VectorFloat<?>> wrapped(List<float[]> rows) {
        List<VectorFloat<?>> vectors = new ArrayList<>();
        for (float[] row : rows) {
            vectors.add(types.createFloatVector(row));
        }
        return vectors;
    }

    private static boolean withLucene() {
        return Runtime.version().feature() <= LAST_OF_LUCENE;
    }

    /** Describes the kernels of Lucene on this release of Java. */
    static String luceneDescription() {
        return withLucene() ? description() : "left out: it has kernels for Java 21 and 22";
    }

    /** Describes the kernels of JVector on this release of Java. */
    static String description() {
        return Runtime.version().feature() >= FIRST_WITH_KERNELS
                ? "kernels on the Vector API"
                : "plain loops, as before Java " + FIRST_WITH_KERNELS;
    }

    private static String luceneKernels() {
        try {
            Field implementation = VectorUtil.class.getDeclaredField("IMPL");
            implementation.setAccessible(true);
            return implementation.get(null).getClass().getSimpleName();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
