package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;

/** Matches an index to examples whose features are either raw or reduced already. */
public final class CompatibleIndex {
    private CompatibleIndex() {}

    /**
     * Gives the index that takes these features: the index itself, or a view without its reduction if the features are
     * reduced already.
     *
     * @throws IllegalArgumentException if dim or classes of the examples differ from the index's
     */
    public static CacheIndex of(CacheIndex index, Examples examples) {
        boolean reduced = examples.dim() != index.dim() && examples.dim() == index.keyDim();
        CacheIndex compatible = reduced ? index.withoutReduction() : index;
        if (examples.dim() != compatible.dim()) {
            String whenReduced = index.reduction().isEmpty() ? "" : ", or " + index.keyDim() + " if reduced";
            throw new IllegalArgumentException(
                    "the data have dim " + examples.dim() + ": expected the index's dim " + index.dim() + whenReduced);
        }
        if (examples.hasProbabilities() && examples.classes() != index.classes()) {
            throw new IllegalArgumentException("the data have probabilities of " + examples.classes()
                    + " classes: expected those of the index's " + index.classes());
        }
        if (examples.classes() > index.classes()) {
            throw new IllegalArgumentException("the data have labels up to " + (examples.classes() - 1)
                    + ": expected 0.." + (index.classes() - 1) + ", the classes of the index");
        }
        return compatible;
    }
}
