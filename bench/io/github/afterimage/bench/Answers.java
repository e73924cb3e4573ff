package io.github.afterimage.bench;

import io.github.afterimage.Distributions;
import io.github.afterimage.store.ElementType;

/** Refuses to time a wrong answer. */
final class Answers {
    private Answers() {}

    static void check(ElementType type, Distributions actual, Distributions expected) {
        double greatest = 0;
        for (int query = 0; query < expected.batch(); query++) {
            for (int c = 0; c < expected.classes(); c++) {
                greatest = Math.max(greatest, Math.abs(actual.probability(query, c) - expected.probability(query, c)));
            }
        }
        double allowed = type == ElementType.FLOAT32 ? 2e-5 : 2e-2;
        if (!(greatest <= allowed)) {
            throw new IllegalStateException(type + ": probabilities are off by " + greatest + ", more than " + allowed);
        }
        System.out.printf("%s: probabilities within %.1e of blas%n", type, greatest);
    }
}
