package io.github.afterimage.experiments.methods;

import io.github.afterimage.model.evaluation.BalancedSample;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * The number of labelled examples of each class that a method may use: a count or a share.
 *
 * @param text as written: {@code 16} or {@code 25%}
 * @param count examples of each class; 0 if a share is given
 * @param share in 0..1; 0 if a count is given
 */
public record LabelAmount(String text, int count, double share) {
    /** All examples. */
    public static final LabelAmount ALL = new LabelAmount("100%", 0, 1);

    /**
     * Reads an amount.
     *
     * @throws IllegalArgumentException if it is neither a positive number nor a share of at most 100 %
     */
    public static LabelAmount parse(String text) {
        String trimmed = text.replace(" ", "");
        try {
            if (trimmed.endsWith("%")) {
                double share = new BigDecimal(trimmed.substring(0, trimmed.length() - 1)).doubleValue() / 100;
                if (share > 0 && share <= 1) {
                    return new LabelAmount(trimmed, 0, share);
                }
            } else if (Integer.parseInt(trimmed) > 0) {
                return new LabelAmount(trimmed, Integer.parseInt(trimmed), 0);
            }
        } catch (NumberFormatException e) {
            // The message below says what is expected.
        }
        throw new IllegalArgumentException(
                "\"" + text + "\": expected a number of labels of each class, such as 16, or a share, such as 25%");
    }

    /** Returns whether every example is used. */
    public boolean isAll() {
        return share == 1;
    }

    /**
     * Draws examples at random. Smaller amounts draw a part of what greater ones draw.
     *
     * @param rows the numbers of the examples to draw from
     * @param label gives the class of an example by its number
     * @return numbers in ascending order; of each class at least one
     * @throws IllegalArgumentException if a class has fewer examples than the count
     */
    int[] draw(int[] rows, IntUnaryOperator label, long seed) {
        if (isAll()) {
            return rows.clone();
        }
        Map<Integer, List<Integer>> byClass = new HashMap<>();
        for (int row : BalancedSample.shuffled(rows, seed)) {
            byClass.computeIfAbsent(label.applyAsInt(row), c -> new ArrayList<>())
                    .add(row);
        }
        return byClass.entrySet().stream()
                .flatMap(entry -> entry.getValue().stream()
                        .limit(of(entry.getKey(), entry.getValue().size())))
                .mapToInt(Integer::intValue)
                .sorted()
                .toArray();
    }

    private long of(int label, int examples) {
        if (count > examples) {
            throw new IllegalArgumentException(count + " labels of each class: class " + label + " has " + examples
                    + " examples; give at most that many, or a share such as 25%");
        }
        return count > 0 ? count : (long) Math.ceil(share * examples);
    }
}
