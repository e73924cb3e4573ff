package io.github.afterimage.serve.protocol;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request for inference.
 *
 * @param id identifies the request to its client; empty if it has none
 * @param parameters by name: String, Long, Double or Boolean
 * @param inputs in the order of the request; names are unique
 * @param outputs the outputs that are wanted; empty for the default ones
 */
public record InferenceRequest(String id, Map<String, Object> parameters, List<Tensor> inputs, List<Output> outputs) {
    /**
     * An output that is wanted.
     *
     * @param binary whether its values follow the JSON
     * @param classification number of classes to return as strings, the best first; 0 for the values themselves
     */
    public record Output(String name, boolean binary, int classification) {}

    /** Returns an input, or empty. */
    public Optional<Tensor> input(String name) {
        return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
    }

    /**
     * Returns a whole number among the parameters.
     *
     * @throws RequestException if it is not a whole number in {@code 0..max}
     */
    public int count(String name, int standard, int max) {
        Object value = parameters.getOrDefault(name, (long) standard);
        if (value instanceof Long number && number >= 0 && number <= max) {
            return number.intValue();
        }
        throw RequestException.bad("parameter " + name + " " + value + ": expected a whole number, 0 to " + max);
    }

    /**
     * Returns a number among the parameters.
     *
     * @throws RequestException if it is not a number
     */
    public Optional<Double> number(String name) {
        Object value = parameters.get(name);
        if (value == null) {
            return Optional.empty();
        }
        if (value instanceof Number number) {
            return Optional.of(number.doubleValue());
        }
        throw RequestException.bad("parameter " + name + " " + value + ": expected a number");
    }
}
