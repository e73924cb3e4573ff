package io.github.afterimage.model.network;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The layers of a key, such as {@code activation_14,activation_18*2}. Each layer's activations are multiplied by its weight,
 * in float32, before the whole key is scaled to unit norm.
 *
 * @param names names of tensors; may be empty
 * @param weights one positive weight for each layer
 */
public record KeyLayers(List<String> names, List<Double> weights) {

    /**
     * Checks and copies the lists.
     *
     * @throws IllegalArgumentException if a layer is named twice, or a weight is not positive
     */
    public KeyLayers {
        names = List.copyOf(names);
        weights = List.copyOf(weights);
        if (new HashSet<>(names).size() != names.size()) {
            throw new IllegalArgumentException("layers \"" + String.join(",", names) + "\": expected each layer once");
        }
        for (int i = 0; i < weights.size(); i++) {
            if (!(weights.get(i) > 0 && weights.get(i) <= Float.MAX_VALUE)) {
                throw new IllegalArgumentException(
                        "layers \"" + names.get(i) + "*" + weights.get(i) + "\": expected a positive weight");
            }
        }
    }

    /** {@return layers of weight 1; names may contain any character} */
    public static KeyLayers of(List<String> names) {
        return new KeyLayers(names, names.stream().map(name -> 1.0).toList());
    }

    /**
     * Reads layers that are separated by commas; {@code parse(k.toString())} equals {@code k}.
     *
     * @param text such as {@code activation_14,activation_18*2}
     * @throws IllegalArgumentException if a name is missing or given twice, or a weight is not a positive number
     */
    public static KeyLayers parse(String text) {
        return parse(List.of(text.split(",", -1)));
    }

    /**
     * Reads layers, each {@code NAME} or {@code NAME*WEIGHT}; {@code parse(k.terms())} equals {@code k}.
     *
     * @param terms one for each layer; may be empty
     * @throws IllegalArgumentException as {@link #parse(String)}
     */
    public static KeyLayers parse(List<String> terms) {
        List<String> names = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        for (String term : terms) {
            String[] parts = term.split("\\*", -1);
            try {
                weights.add(parts.length == 1 ? 1 : Double.parseDouble(parts[1]));
            } catch (NumberFormatException e) {
                parts = new String[0];
            }
            if (parts.length < 1 || parts.length > 2 || parts[0].isBlank()) {
                throw new IllegalArgumentException("layers \"" + term
                        + "\": expected the name of a layer, or a name and a weight such as activation_18*2");
            }
            names.add(parts[0]);
        }
        return new KeyLayers(names, weights);
    }

    /** {@return each layer as {@code NAME} if its weight is 1, otherwise as {@code NAME*WEIGHT}} */
    public List<String> terms() {
        return IntStream.range(0, names.size())
                .mapToObj(i -> names.get(i) + (weights.get(i) == 1 ? "" : "*" + number(weights.get(i))))
                .toList();
    }

    /** {@return the terms, separated by commas} */
    @Override
    public String toString() {
        return String.join(",", terms());
    }

    private static String number(double weight) {
        return weight == Math.rint(weight) ? Long.toString((long) weight) : Double.toString(weight);
    }
}
