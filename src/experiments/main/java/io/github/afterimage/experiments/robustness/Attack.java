package io.github.afterimage.experiments.robustness;

/** A way to change images until a classifier changes its mind. Immutable; usable by several threads on several targets. */
public interface Attack {
    /** In a few words. */
    String name();

    /**
     * Attacks images, all together.
     *
     * @param images {@code (n, values)} row-major, within the bounds of the space
     */
    AdversarialImages run(Target target, ImageSpace space, float[] images);
}
