package io.github.afterimage.cli.output;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.reduce.Reduction;
import java.util.OptionalDouble;

/** What a report says of how an index reduces its keys. */
public final class ReductionReport {
    private static final String ENERGY = "reduction.energy";

    private ReductionReport() {}

    /** The share of the keys' squared norm that a learned reduction keeps, in 0..1. */
    public static OptionalDouble energy(CacheIndex index) {
        String energy = index.attributes().get(ENERGY);
        return energy == null ? OptionalDouble.empty() : OptionalDouble.of(Double.parseDouble(energy));
    }

    /** {@code keeps 93.41 % of the energy}; empty where nothing was learned. */
    public static String energyText(CacheIndex index) {
        OptionalDouble energy = energy(index);
        return energy.isEmpty() ? "" : "keeps " + Format.percent(energy.getAsDouble()) + " of the energy";
    }

    /** Adds what is known of the keys' length; {@code reduction} and {@code energy} only where there are such. */
    public static void report(Report report, CacheIndex index) {
        OptionalDouble energy = energy(index);
        report.field("dim", index.dim())
                .field("keyDim", index.keyDim())
                .field("reduction", index.reduction().map(Reduction::toString).orElse(null))
                .field("energy", energy.isPresent() ? energy.getAsDouble() : null);
    }

    /** {@code 100,000 keys, dim 12,288, f32} or {@code 100,000 keys, dim 128 (pca:128 of 12,288), bf16}. */
    public static String keys(CacheIndex index) {
        if (index.reduction().isEmpty()) {
            return Format.keys(index.size(), index.keyDim(), index.type());
        }
        return Format.count(index.size(), "key") + ", dim " + Format.count(index.keyDim()) + " (" + what(index) + "), "
                + index.type().shortName();
    }

    /** {@code pca:128 of 12,288}; the index must reduce. */
    public static String what(CacheIndex index) {
        return index.reduction().orElseThrow() + " of " + Format.count(index.dim());
    }
}
