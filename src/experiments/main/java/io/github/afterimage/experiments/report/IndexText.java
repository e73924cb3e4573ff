package io.github.afterimage.experiments.report;

import io.github.afterimage.CacheReader;
import io.github.afterimage.reduce.Reduction;

/** Describes the keys of an index. */
public final class IndexText {
    private static final String ENERGY = "reduction.energy";

    private IndexText() {}

    /** {@code 100,000 keys, dim 12,288, f32} or {@code 100,000 keys, dim 128 (pca:128 of 12,288), bf16}. */
    public static Text keys(CacheReader index) {
        return keys(index, index.size());
    }

    /** @param size the number of keys, of an index that is open without them */
    public static Text keys(CacheReader index, long size) {
        return Text.of(
                "%s, dim %s, %s%s",
                Text.count("keys", size, "key"),
                dim(index),
                Text.value("type", index.format().type().shortName()),
                Text.hidden("classes", index.classes()));
    }

    /** {@code 12,288} or {@code 128 (pca:128 of 12,288)}. */
    public static Text dim(CacheReader index) {
        Text keyDim = Text.count("keyDim", index.format().keyDim());
        if (index.format().reduction().isEmpty()) {
            return Text.of("%s%s", keyDim, Text.hidden("dim", index.dim()));
        }
        Reduction reduction = index.format().reduction().get();
        return Text.of(
                "%s (%s of %s)%s%s",
                keyDim,
                Text.value("reduction", reduction.toString()),
                Text.count("dim", index.dim()),
                Text.hidden("energy", energy(index).figures().get("energy")),
                Text.hidden("epsilon", reduction.whitens() ? reduction.epsilon() : null));
    }

    /**
     * The share of the keys' squared norm that a learned reduction keeps: {@code keeps 93.41 % of the energy}, with
     * {@code , whitened with epsilon 0.3} if it whitens them; or empty.
     */
    public static Text energy(CacheReader index) {
        String energy = index.attributes().get(ENERGY);
        if (energy == null) {
            return Text.of("");
        }
        Text whitened = index.format()
                .reduction()
                .filter(Reduction::whitens)
                .map(reduction -> Text.of(", whitened with epsilon %s", Text.number("epsilon", reduction.epsilon())))
                .orElse(Text.of(""));
        return Text.of("keeps %s of the energy%s", Text.percent("energy", Double.parseDouble(energy)), whitened);
    }
}
