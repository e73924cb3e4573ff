package io.github.afterimage.answer;

import io.github.afterimage.engine.ClassEvidence;
import io.github.afterimage.engine.NormalizedSums;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Answers of a memory that a test makes up. */
final class FakeMemory {
    /** Of each class: so many that log E_c is log p_mem(c) and a constant, unless p_mem is next to 0. */
    private static final long KEYS = 1L << 40;

    private FakeMemory() {}

    /** Returns the answer for one θ of a memory whose classes all have the same direction. */
    static Answer answer(int classes, float... probabilities) {
        return answer(evidence(classes, new float[probabilities.length]), probabilities);
    }

    /** @param probabilities for each θ {@code (batch, classes)} */
    static Answer answer(ClassEvidence evidence, float[]... probabilities) {
        return answer(evidence.classes(), evidence, probabilities);
    }

    /** Returns an answer for a query that did not ask for evidence. */
    static Answer withoutEvidence(int classes, float[]... probabilities) {
        return answer(classes, null, probabilities);
    }

    /** @param directions zᵀm_c {@code (batch, classes)} */
    static ClassEvidence evidence(int classes, float... directions) {
        long[] counts = new long[classes];
        Arrays.fill(counts, KEYS);
        return evidence(counts, directions);
    }

    /** @param counts the number of keys of each class */
    static ClassEvidence evidence(long[] counts, float... directions) {
        return new ClassEvidence(
                counts.length, directions, counts, Arrays.stream(counts).sum(), new double[counts.length]);
    }

    private static Answer answer(int classes, @Nullable ClassEvidence evidence, float[]... probabilities) {
        int batch = probabilities[0].length / classes;
        List<NormalizedSums> points = Stream.of(probabilities)
                .map(p -> new NormalizedSums(1, p, new double[batch], new float[batch]))
                .toList();
        return new Answer(batch, classes, points, null, evidence, 1, 1);
    }
}
