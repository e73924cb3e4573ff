package io.github.afterimage.experiments.report;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.hidden;
import static io.github.afterimage.experiments.report.Text.number;
import static io.github.afterimage.experiments.report.Text.percent;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.reduce.Reduction;

/** Describes the keys of an index. */
public final class IndexText {
    private static final String ENERGY = "reduction.energy";

    private IndexText() {}

    /** {@code 100,000 keys, dim 12,288, f32} or {@code 100,000 keys, dim 128 (pca:128 of 12,288), bf16}. */
    public static Text keys(CacheIndex index) {
        return keys(index, index.size());
    }

    /** @param size the number of keys, of an index that is open without them */
    public static Text keys(CacheIndex index, long size) {
        return Text.of(
                "%s, dim %s, %s%s",
                count("keys", size, "key"),
                dim(index),
                value("type", index.format().type().shortName()),
                hidden("classes", index.classes()));
    }

    /** {@code 12,288} or {@code 128 (pca:128 of 12,288)}. */
    public static Text dim(CacheIndex index) {
        Text keyDim = count("keyDim", index.format().keyDim());
        if (index.format().reduction().isEmpty()) {
            return Text.of("%s%s", keyDim, hidden("dim", index.dim()));
        }
        Reduction reduction = index.format().reduction().get();
        return Text.of(
                "%s (%s of %s)%s%s",
                keyDim,
                value("reduction", reduction.toString()),
                count("dim", index.dim()),
                hidden("energy", energy(index).figures().get("energy")),
                hidden("epsilon", reduction.whitens() ? reduction.epsilon() : null));
    }

    /**
     * The share of the keys' squared norm that a learned reduction keeps: {@code keeps 93.41 % of the energy}, with
     * {@code , whitened with epsilon 0.3} if it whitens them; or empty.
     */
    public static Text energy(CacheIndex index) {
        String energy = index.attributes().get(ENERGY);
        if (energy == null) {
            return Text.of("");
        }
        Text whitened = index.format()
                .reduction()
                .filter(Reduction::whitens)
                .map(reduction -> Text.of(", whitened with epsilon %s", number("epsilon", reduction.epsilon())))
                .orElse(Text.of(""));
        return Text.of("keeps %s of the energy%s", percent("energy", Double.parseDouble(energy)), whitened);
    }
}
