package io.github.afterimage.experiment.paper;

import io.github.afterimage.experiment.Examples;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The layers of a key, each with a weight that its activations are multiplied by before the whole is scaled to unit norm:
 * {@code activation_14,activation_18*2}.
 *
 * @param names at least one, or none for features that were made elsewhere
 * @param weights positive, one for each
 */
public record KeyLayers(List<String> names, List<Double> weights) {

    /** @throws IllegalArgumentException if a layer is named twice, or a weight is not positive */
    public KeyLayers {
        names = List.copyOf(names);
        weights = List.copyOf(weights);
        if (new HashSet<>(names).size() != names.size()) {
            throw new IllegalArgumentException("layers " + names + " name one twice");
        }
        for (double weight : weights) {
            if (!(weight > 0 && weight <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException("weight " + weight + ": expected a positive number");
            }
        }
    }

    /** Layers of weight 1. */
    public static KeyLayers of(List<String> names) {
        return new KeyLayers(names, names.stream().map(name -> 1.0).toList());
    }

    /**
     * The layers of a text; {@code parse(k.toString())} equals {@code k}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static KeyLayers parse(String text) {
        List<String> names = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        for (String layer : text.split(",", -1)) {
            String[] parts = layer.split("\\*", -1);
            try {
                weights.add(parts.length == 1 ? 1 : Double.parseDouble(parts[1]));
            } catch (NumberFormatException e) {
                parts = new String[0];
            }
            if (parts.length < 1 || parts.length > 2 || parts[0].isBlank()) {
                throw new IllegalArgumentException(
                        "layers \"" + text + "\": expected names separated by commas, each with a weight or without,"
                                + " such as activation_14,activation_18*2");
            }
            names.add(parts[0]);
        }
        return new KeyLayers(names, weights);
    }

    /** Examples of these layers, whose features are multiplied by the weights. */
    Examples of(Examples examples, List<Integer> sizes) {
        boolean weighted = weights.stream().anyMatch(weight -> weight != 1);
        return weighted ? new ColumnExamples(examples, Columns.of(this, names, sizes)) : examples;
    }

    @Override
    public String toString() {
        return IntStream.range(0, names.size())
                .mapToObj(i -> names.get(i) + (weights.get(i) == 1 ? "" : "*" + number(weights.get(i))))
                .collect(Collectors.joining(","));
    }

    private static String number(double weight) {
        return weight == Math.rint(weight) ? Long.toString((long) weight) : Double.toString(weight);
    }
}
