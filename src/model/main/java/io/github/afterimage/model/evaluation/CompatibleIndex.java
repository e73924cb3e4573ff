package io.github.afterimage.model.evaluation;

import io.github.afterimage.CacheReader;
import io.github.afterimage.reduce.Reduction;
import java.util.Optional;

/** Matches an index to examples whose features are either raw or reduced already. */
public final class CompatibleIndex {
    private CompatibleIndex() {}

    /**
     * Gives the index that takes these features: the index itself, or a view without its reduction if the features are
     * reduced already.
     *
     * @throws IllegalArgumentException if dim or classes of the examples differ from the index's, or another reduction made
     *     the features
     */
    public static CacheReader of(CacheReader index, Examples examples) {
        CacheReader compatible = reduced(index, examples) ? index.withoutReduction() : index;
        if (examples.dim() != compatible.dim()) {
            String whenReduced = index.format().reduction().isEmpty()
                    ? ""
                    : ", or " + index.format().keyDim() + " if reduced";
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

    /** Features that do not tell are reduced if they have another dim than original ones. */
    static boolean reduced(CacheReader index, Examples examples) {
        Optional<String> own = index.format().reduction().map(Reduction::toString);
        if (own.isEmpty() || examples.dim() != index.format().keyDim()) {
            return false;
        }
        if (examples.format().reduction().equals(own)) {
            return true;
        }
        if (examples.dim() != index.dim() && examples.format().reduction().isPresent()) {
            throw new IllegalArgumentException("the features are reduced by "
                    + examples.format().reduction().get() + ", and the keys of the index by " + own.get()
                    + ": expected features that this index reduced, or original ones");
        }
        return examples.dim() != index.dim();
    }
}
