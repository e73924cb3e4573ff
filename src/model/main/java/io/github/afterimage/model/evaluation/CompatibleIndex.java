package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheIndex;

/** Whether examples can be compared with the keys of an index, and how. */
public final class CompatibleIndex {
    private CompatibleIndex() {}

    /**
     * The index as the examples need it: examples that are reduced already are compared as they are.
     *
     * @throws IllegalArgumentException if the examples do not fit
     */
    public static CacheIndex of(CacheIndex index, Examples examples) {
        boolean reduced = examples.dim() != index.dim() && examples.dim() == index.keyDim();
        CacheIndex fitting = reduced ? index.withoutReduction() : index;
        boolean classesFit = examples.hasProbabilities()
                ? examples.classes() == index.classes()
                : examples.classes() <= index.classes();
        if (examples.dim() != fitting.dim() || !classesFit) {
            String whenReduced = index.reduction().isEmpty() ? "" : ", or " + index.keyDim() + " if reduced,";
            throw new IllegalArgumentException("the data have dim " + examples.dim() + " and " + examples.classes()
                    + " classes: expected the index's dim " + index.dim() + whenReduced + " and " + index.classes()
                    + " classes");
        }
        return fitting;
    }
}
