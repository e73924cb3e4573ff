package io.github.afterimage.experiments.novelty;

/**
 * The scores of some examples by several detectors.
 *
 * @param name what the examples are
 * @param ofKnown whether example i was made from the known example i
 * @param values {@code (detectors, examples)}
 */
public record DetectorScores(String name, boolean ofKnown, double[][] values) {
    /** Returns the number of examples. */
    public int examples() {
        return values[0].length;
    }
}
