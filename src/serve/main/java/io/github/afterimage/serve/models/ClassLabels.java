package io.github.afterimage.serve.models;

import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The classes of the rows of a request: numbers, or names and numbers as text. */
record ClassLabels(int[] numbers, List<String> texts) {
    static ClassLabels of(Tensor tensor, int classes) {
        if (!tensor.type().isNumeric()) {
            List<String> texts = tensor.elements().stream()
                    .map(text -> new String(text, StandardCharsets.UTF_8))
                    .toList();
            return new ClassLabels(new int[0], texts);
        }
        int[] numbers = new int[tensor.floats().remaining()];
        for (int row = 0; row < numbers.length; row++) {
            float label = tensor.floats().get(row);
            if (label != (int) label) {
                throw RequestException.bad(
                        "label " + label + " at row " + row + ": expected a whole number, 0 to " + (classes - 1));
            }
            numbers[row] = (int) label;
        }
        return new ClassLabels(numbers, List.of());
    }

    int count() {
        return Math.max(numbers.length, texts.size());
    }
}
