package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.ElementType;
import io.github.afterimage.engine.Engines;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Is anything in Java faster with the same accuracy? The whole operator of each element type, of the engine on OpenBLAS and
 * of loops around the kernels of Lucene and JVector, beside OpenBLAS's sgemm alone, which computes the scores only.
 * {@code tools/peers.sh} asks the same of Python. Run it with Java 21, from which on both libraries have vector kernels.
 */
@Fork(
        value = 3,
        jvmArgsAppend = {"-Xmx7g", "-XX:+UseParallelGC", "--add-modules=jdk.incubator.vector"})
public class PeersBenchmark extends InterleavedBenchmark {
    private static final int SGEMM = 0;
    private static final int AUTO = 1;
    private static final int BFLOAT16 = 2;
    private static final int INT8 = 3;
    private static final int BLAS = 4;
    private static final int LUCENE = 5;
    private static final int JVECTOR = 6;
    private static final int CONTENDERS = 7;
    /** More multiply-adds in a call than this take the libraries half a minute: they take as long for a query as at batch 16. */
    private static final double MAX_WORK = 1.5e11;

    @Param({"CIFAR_SHORT", "CIFAR", "IMAGENET", "IMAGENET_REDUCED"})
    public Workload shape;

    @Param({"1", "16", "256"})
    public int batch;

    private final double[] errors = new double[CONTENDERS];
    private FloatBuffer queries;
    private CacheIndex float32;
    private CacheIndex bfloat16;
    private CacheIndex int8;
    private CacheIndex blas;
    private Sgemm sgemm;
    private VectorLibraries libraries;
    private List<float[]> luceneQueries;
    private List<VectorFloat<?>> jvectorQueries;

    /** Times as multiples of the sgemm's, and the largest |Δp| of each; sgemm gives no answer. */
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.EVENTS)
    public static class Ratios extends Counters {
        private double[] errors = new double[CONTENDERS];

        public double sgemmMilliseconds() {
            return times.mean(SGEMM) * 1e3;
        }

        public double autoOverSgemm() {
            return times.ratio(AUTO, SGEMM);
        }

        public double autoError() {
            return errors[AUTO];
        }

        public double bfloat16OverSgemm() {
            return times.ratio(BFLOAT16, SGEMM);
        }

        public double bfloat16Error() {
            return errors[BFLOAT16];
        }

        public double int8OverSgemm() {
            return times.ratio(INT8, SGEMM);
        }

        public double int8Error() {
            return errors[INT8];
        }

        public double blasOverSgemm() {
            return times.ratio(BLAS, SGEMM);
        }

        public double blasError() {
            return errors[BLAS];
        }

        public double luceneOverSgemm() {
            return times.ratio(LUCENE, SGEMM);
        }

        public double luceneError() {
            return errors[LUCENE];
        }

        public double jvectorOverSgemm() {
            return times.ratio(JVECTOR, SGEMM);
        }

        public double jvectorError() {
            return errors[JVECTOR];
        }
    }

    @Setup
    public void makeKeys() {
        Arrays.fill(errors, Double.NaN); // of who does not take part
        SyntheticKeys keys = shape.keys();
        queries = keys.queries(batch);
        float32 = index(ElementType.FLOAT32);
        bfloat16 = index(ElementType.BFLOAT16);
        int8 = index(ElementType.INT8);
        blas = float32.withEngine(Engines.named("blas"));
        boolean withLibraries = (double) batch * shape.size * shape.dim < MAX_WORK;
        List<float[]> rows = new ArrayList<>();
        int[] labels = new int[shape.size];
        keys.forEach(shape.size, (values, itsLabels) -> {
            for (CacheIndex index : List.of(float32, bfloat16, int8)) {
                index.add(values.duplicate(), itsLabels);
            }
            if (withLibraries) {
                System.arraycopy(itsLabels, 0, labels, rows.size(), itsLabels.length);
                rows.addAll(rows(values));
            }
        });
        ReferenceAnswer expected = new ReferenceAnswer(float32, queries);
        errors[AUTO] = expected.error("auto", float32);
        errors[BFLOAT16] = expected.error("bfloat16", bfloat16);
        errors[INT8] = expected.error("int8", int8);
        errors[BLAS] = expected.error("blas", blas);
        if (withLibraries) {
            addLibraries(new VectorLibraries(rows, labels, shape.classes, Machine.THREADS), expected);
        }
        sgemm = new Sgemm(shape.size, shape.dim, queries, Machine.THREADS);
    }

    private void addLibraries(VectorLibraries added, ReferenceAnswer expected) {
        libraries = added;
        luceneQueries = rows(queries);
        jvectorQueries = libraries.wrapped(luceneQueries);
        List<float[]> compared = rows(expected.queries());
        if (libraries.lucene != null) {
            errors[LUCENE] =
                    expected.errorOfPeer("Lucene", libraries.lucene.probabilities(compared, ReferenceAnswer.THETA));
        }
        errors[JVECTOR] = expected.errorOfPeer(
                "JVector", libraries.jvector.probabilities(libraries.wrapped(compared), ReferenceAnswer.THETA));
    }

    private CacheIndex index(ElementType type) {
        return CacheIndex.builder(shape.dim, shape.classes)
                .type(type)
                .threads(Machine.THREADS)
                .expectedKeys(shape.size)
                .build();
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

    @Benchmark
    public Object ratios(Ratios ratios) {
        ratios.errors = errors;
        ContenderTimes times = ratios.times;
        times.round();
        Object[] last = new Object[1];
        times.time(SGEMM, sgemm::run);
        Sgemm.rest();
        times.time(AUTO, () -> last[0] = float32.query(queries, ReferenceAnswer.THETA));
        times.time(BFLOAT16, () -> last[0] = bfloat16.query(queries, ReferenceAnswer.THETA));
        times.time(INT8, () -> last[0] = int8.query(queries, ReferenceAnswer.THETA));
        times.time(BLAS, () -> last[0] = blas.query(queries, ReferenceAnswer.THETA));
        if (libraries != null && libraries.lucene != null) {
            times.time(LUCENE, () -> last[0] = libraries.lucene.probabilities(luceneQueries, ReferenceAnswer.THETA));
        }
        if (libraries != null) {
            times.time(JVECTOR, () -> last[0] = libraries.jvector.probabilities(jvectorQueries, ReferenceAnswer.THETA));
        }
        return last[0];
    }

    @TearDown
    public void close() {
        float32.close();
        bfloat16.close();
        int8.close();
        sgemm.close();
    }
}
