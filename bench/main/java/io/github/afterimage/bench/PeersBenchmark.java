package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.CacheReader;
import io.github.afterimage.Engines;
import io.github.afterimage.KeyBatch;
import io.github.afterimage.answer.Query;
import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;

/**
 * Is the whole operator faster than the matrix product that it contains, and is anything in Java faster with the same accuracy?
 * The operator of each element type, of the engine on OpenBLAS and of loops around the kernels of Lucene and JVector, beside
 * OpenBLAS's sgemm alone, which computes the scores only. {@code tools/peers.sh} asks the same of Python. Run it with Java 21, from
 * which on both libraries have vector kernels.
 */
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xmx7g", "-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"})
public class PeersBenchmark extends InterleavedBenchmark {
    /** More multiply-adds in a call than this take the libraries half a minute: they take as long for a query as at batch 16. */
    private static final double MAX_WORK = 1.5e11;

    @Param({"CIFAR_SHORT", "CIFAR", "IMAGENET", "IMAGENET_REDUCED"})
    public Workload shape;

    @Param({"1", "16", "256"})
    public int batch;

    /** Kept so that no loop is left out. */
    private volatile double[] last;

    @Override
    void prepare() {
        SyntheticKeys keys = shape.keys();
        FloatBuffer queries = keys.queries(batch);
        CacheIndex float32 = index(ElementType.FLOAT32);
        CacheIndex bfloat16 = index(ElementType.BFLOAT16);
        CacheIndex int8 = index(ElementType.INT8);
        boolean withLibraries = (double) batch * shape.size * shape.dim < MAX_WORK;
        List<float[]> rows = new ArrayList<>();
        int[] labels = new int[shape.size];
        keys.forEach(shape.size, (values, itsLabels) -> {
            List.of(float32, bfloat16, int8).forEach(index -> index.add(KeyBatch.of(values.duplicate(), itsLabels)));
            if (withLibraries) {
                System.arraycopy(itsLabels, 0, labels, rows.size(), itsLabels.length);
                rows.addAll(rows(values));
            }
        });
        Map<String, CacheReader> ours = new LinkedHashMap<>();
        ours.put("auto", float32);
        ours.put("bfloat16", bfloat16);
        ours.put("int8", int8);
        ours.put("blas", float32.withEngine(Engines.named("blas")));
        ReferenceAnswer expected = new ReferenceAnswer(float32, queries);
        contender(kept(new Sgemm(shape.size, shape.dim, queries, Machine.THREADS)));
        milliseconds("sgemm");
        ours.forEach((name, index) -> contender(
                name,
                () -> index.answer(Query.of(queries).thetas(ReferenceAnswer.THETA)),
                expected.error(name, index)));
        if (withLibraries && VectorScan.withLucene()) {
            contender("lucene", VectorScan.lucene(rows, labels, shape.classes), queries, expected);
        }
        if (withLibraries) {
            contender("jvector", VectorScan.jvector(rows, labels, shape.classes), queries, expected);
        }
    }

    private CacheIndex index(ElementType type) {
        return kept(new CacheIndexBuilder(shape.dim, shape.classes)
                .type(type)
                .threads(Machine.THREADS)
                .expectedKeys(shape.size)
                .build());
    }

    private void contender(String name, Work work, double error) {
        contender(name, work);
        over(name, "sgemm");
        figure(name + "Error", () -> error);
    }

    private <V> void contender(String name, VectorScan<V> scan, FloatBuffer queries, ReferenceAnswer expected) {
        List<V> asked = scan.vectors(rows(queries));
        double[] found = scan.probabilities(scan.vectors(rows(expected.queries())), ReferenceAnswer.THETA);
        contender(
                name, () -> last = scan.probabilities(asked, ReferenceAnswer.THETA), expected.errorOfPeer(name, found));
    }

    private List<float[]> rows(FloatBuffer values) {
        List<float[]> rows = new ArrayList<>();
        FloatBuffer rest = values.duplicate();
        while (rest.hasRemaining()) {
            float[] row = new float[shape.dim];
            rest.get(row);
            rows.add(row);
        }
        return rows;
    }
}
