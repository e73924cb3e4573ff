package io.github.afterimage.experiments.attacks;

import io.github.afterimage.experiments.images.ImageSpace;

/** Changes images until their class changes. Immutable; several threads may attack several targets. */
public interface Attack {
    /** Returns the name in reports. */
    String name();

    /**
     * Attacks images.
     *
     * @param images {@code (n, values)} row-major, within the bounds of the space
     */
    AdversarialImages run(Target target, ImageSpace space, float[] images);
}
