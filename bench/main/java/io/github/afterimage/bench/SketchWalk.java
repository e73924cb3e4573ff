package io.github.afterimage.bench;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.MemoryUse;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.PartitionedIndexWriter;
import io.github.afterimage.Query;
import io.github.afterimage.file.IndexFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Estimated answers from an index larger than memory: its sketch is in memory, its keys on the disk. Each stage is a process of
 * its own, so that a container's limit and its peak are those of that stage:
 *
 * <pre>
 * SketchWalk build FOLDER KEYS               bfloat16 keys of 256 numbers and 1,000 classes, in parts of 1 GiB
 * SketchWalk walk FOLDER COMPONENTS RESIDENT single queries with a tolerance, and all of them exactly in one walk
 * </pre>
 */
public final class SketchWalk {
    private static final int DIM = 256;
    private static final int CLASSES = 1000;
    private static final long PART_BYTES = 1L << 30;
    private static final double THETA = 60;
    private static final double TOLERANCE = 0.01;
    private static final int QUERIES = 128;

    private SketchWalk() {}

    /** Prints the figures of a stage. */
    public static void main(String[] args) throws IOException {
        Path index = Path.of(args[1]).resolve("sketched.safetensors");
        if (args[0].equals("build")) {
            build(index, Integer.parseInt(args[2]));
        } else {
            walk(index, Integer.parseInt(args[2]), args[3]);
        }
        Stage.printMemory();
    }

    private static void build(Path index, int size) throws IOException {
        long start = System.nanoTime();
        try (PartitionedIndexWriter writer = CacheIndex.builder(DIM, CLASSES)
                .type(ElementType.BFLOAT16)
                .buildInParts(index, PART_BYTES / (DIM * Short.BYTES))) {
            new SyntheticKeys(DIM, CLASSES).forEach(size, (rows, labels) -> {
                try {
                    writer.add(rows, labels);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            writer.complete();
        }
        Stage.print("built %d keys, %.2f GB in %.1f s%n", size, IndexFile.bytes(index) / 1e9, seconds(start));
    }

    private static void walk(Path file, int components, String resident) throws IOException {
        FloatBuffer queries = new SyntheticKeys(DIM, CLASSES).queries(QUERIES);
        OpenOptions options = new OpenOptions()
                .verify(false)
                .sketch(components)
                .audit(0)
                .residentBytes(MemoryUse.parse("RESIDENT", resident));
        long start = System.nanoTime();
        try (CacheIndex index = CacheIndex.open(file, options)) {
            Stage.print("opened in %.1f s%n", seconds(start));
            start = System.nanoTime();
            index.answer(query(queries, 0).tolerance(TOLERANCE)); // measures half widths
            Stage.print("first answer in %.1f s%n", seconds(start));
            Stage.forget(file);
            double[] times = new double[QUERIES];
            Distributions[] answers = new Distributions[QUERIES];
            long before = Stage.bytesRead();
            for (int i = 0; i < QUERIES; i++) {
                start = System.nanoTime();
                answers[i] =
                        index.answer(query(queries, i).tolerance(TOLERANCE)).distributions();
                times[i] = seconds(start);
            }
            double read = (Stage.bytesRead() - before) / 1e6 / QUERIES;
            start = System.nanoTime();
            index.answer(query(queries, 0));
            double plain = seconds(start);
            start = System.nanoTime();
            Distributions exact = index.answer(Query.of(queries).thetas(THETA)).distributions();
            Stage.print("plain pass: one query in %.2f s, %d queries in %.2f s%n", plain, QUERIES, seconds(start));
            double[] sorted = times.clone();
            Arrays.sort(sorted);
            Stage.print(
                    "estimated: median %.1f ms, mean %.1f, greatest %.1f; %.2f MB read from the disk for each%n",
                    1e3 * sorted[QUERIES / 2],
                    1e3 * Arrays.stream(times).average().orElseThrow(),
                    1e3 * sorted[QUERIES - 1],
                    read);
            printErrors(answers, exact, index.size());
        }
    }

    private static void printErrors(Distributions[] answers, Distributions exact, long keys) {
        double[] errors = new double[QUERIES];
        int covered = 0;
        int plain = 0;
        double read = 0;
        for (int i = 0; i < QUERIES; i++) {
            for (int c = 0; c < CLASSES; c++) {
                errors[i] = Math.max(errors[i], Math.abs(answers[i].probability(0, c) - exact.probability(i, c)));
            }
            covered += errors[i] <= answers[i].halfWidth(0) + 2e-5 ? 1 : 0;
            plain += answers[i].keysRead(0) == keys ? 1 : 0;
            read += answers[i].keysRead(0) / (double) QUERIES;
        }
        Arrays.sort(errors);
        Stage.print(
                "%d of %d intervals hold; errors: median %.4f, greatest %.4f; %.0f keys read; %d by the plain pass%n",
                covered, QUERIES, errors[QUERIES / 2], errors[QUERIES - 1], read, plain);
    }

    private static Query query(FloatBuffer queries, int number) {
        return Query.of(queries.slice(number * DIM, DIM)).thetas(THETA);
    }

    private static double seconds(long start) {
        return (System.nanoTime() - start) / 1e9;
    }
}
