package io.github.afterimage.bench;

import io.github.afterimage.Distributions;
import io.github.afterimage.ElementType;
import io.github.afterimage.reduce.Reducer;
import java.nio.FloatBuffer;

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
        require(type.shortName(), type, greatest);
        System.out.printf("%s: probabilities within %.1e of blas%n", type, greatest);
    }

    /** @param error the largest |Δp|; NaN is refused too */
    static void require(String name, ElementType type, double error) {
        double allowed = type == ElementType.FLOAT32 ? 2e-5 : 2e-2;
        if (!(error <= allowed)) {
            throw new IllegalStateException(name + ": probabilities are off by " + error + ", more than " + allowed);
        }
    }

    /** Of unit rows a random reduction keeps the norm, more or less. */
    static void checkNorms(FloatBuffer rows, Reducer reducer, FloatBuffer reduced) {
        reducer.reduce(rows, reduced);
        for (int row = 0; row < reduced.remaining() / reducer.outputDim(); row++) {
            double ratio = norm(reduced, row, reducer.outputDim()) / norm(rows, row, reducer.inputDim());
            if (!(Math.abs(ratio - 1) < 0.4)) {
                throw new IllegalStateException(
                        reducer.reduction() + ": the norm of row " + row + " became " + ratio + " times what it was");
            }
        }
    }

    private static double norm(FloatBuffer rows, int row, int dim) {
        double sum = 0;
        for (int i = 0; i < dim; i++) {
            double value = rows.get(row * dim + i);
            sum += value * value;
        }
        return Math.sqrt(sum);
    }
}
