package io.github.afterimage.experiments.trial;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.ElementType;
import io.github.afterimage.Progress;
import io.github.afterimage.model.evaluation.ComponentTrainer;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.reduce.Reduction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A form in which an index keeps its keys.
 *
 * @param reduction null for all values of the layers
 */
public record KeyForm(@Nullable Reduction reduction, ElementType type) {
    /** The examples that components are learned from. */
    static final int SAMPLE = 3000;

    private static final Reduction COMPONENTS = Reduction.principalComponents(256);

    /** How far the spread within classes is evened out: much with many examples of a class, less with few. */
    private static final double[] EPSILONS = {0.1, 1};

    /** Returns the forms to compare, the longest first. */
    static List<KeyForm> of(int dim, long keys) {
        List<KeyForm> forms = new ArrayList<>();
        for (ElementType type : List.of(ElementType.FLOAT32, ElementType.BFLOAT16, ElementType.INT8)) {
            forms.add(new KeyForm(null, type));
        }
        List<KeyForm> shortened = plainAndWhitened(dim, keys, ElementType.INT8);
        if (shortened.get(0).reduction != null) {
            forms.add(new KeyForm(COMPONENTS, ElementType.FLOAT32));
            forms.add(shortened.get(0));
        }
        forms.addAll(shortened.subList(1, shortened.size()));
        return forms;
    }

    /** Returns the form of plain cosines, with principal components where keys are long, then those of whitened keys, if there are any. */
    static List<KeyForm> plainAndWhitened(int dim, long keys, ElementType type) {
        int whitened = Math.min(COMPONENTS.dim(), dim);
        boolean enough = keys >= 2L * whitened; // fewer would be learned by heart
        List<KeyForm> forms = new ArrayList<>();
        forms.add(new KeyForm(enough && dim > whitened ? COMPONENTS : null, type));
        for (double epsilon : enough ? EPSILONS : new double[0]) {
            forms.add(new KeyForm(Reduction.whitened(whitened, epsilon), type));
        }
        return forms;
    }

    boolean isWhitened() {
        return reduction != null && reduction.whitens();
    }

    int keyDim(int dim) {
        return reduction == null ? dim : reduction.dim();
    }

    /** Returns the bytes of the matrix that shortens rows, of float32; 0 for all values. */
    long projectionBytes(int dim) {
        return reduction == null ? 0 : (long) dim * reduction.dim() * Float.BYTES;
    }

    /** Returns {@code all 1,280 values, f32} or {@code pca:256, i8}. */
    String words(int dim) {
        return (reduction == null ? String.format(Locale.ROOT, "all %,d values", dim) : reduction.toString()) + ", "
                + type.shortName();
    }

    @Nullable
    String reductionText() {
        return reduction == null ? null : reduction.toString();
    }

    /** Makes an empty index; components are learned as {@code build} does. */
    CacheIndex index(
            Examples keys,
            int classes,
            List<String> classNames,
            Map<String, String> attributes,
            int sample,
            int threads,
            Progress progress)
            throws IOException {
        CacheIndexBuilder builder = CacheIndex.builder(keys.dim(), classes)
                .type(type)
                .threads(threads)
                .expectedKeys(keys.size())
                .attributes(attributes);
        if (classNames.size() == classes) {
            builder.classNames(classNames);
        }
        if (reduction != null) {
            builder.reduce(ComponentTrainer.train(reduction, keys, sample, threads, progress)
                    .components());
        }
        return builder.build();
    }
}
