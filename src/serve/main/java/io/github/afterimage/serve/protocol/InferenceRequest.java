package io.github.afterimage.serve.protocol;

import io.github.afterimage.platform.ContentDigest;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A request for inference.
 *
 * @param id identifies the request to its client; empty if it has none
 * @param parameters by name: String, Long, Double or Boolean
 * @param inputs in the order of the request; names are unique
 * @param outputs the outputs that are wanted; names are unique; empty for the default ones
 */
public record InferenceRequest(String id, Map<String, Object> parameters, List<Tensor> inputs, List<Output> outputs) {
    /** The parameter that limits the time until the answer. */
    public static final String TIMEOUT = "timeout";
    /** The parameter that asks for all outputs as bytes. */
    public static final String BINARY_OUTPUTS = "binary_data_output";

    /** @throws RequestException if there is no input, or two inputs or two outputs have the same name */
    public InferenceRequest {
        if (inputs.isEmpty()) {
            throw RequestException.bad("the request has no inputs: expected at least one");
        }
        requireDifferent("input", inputs.stream().map(Tensor::name));
        requireDifferent("output", outputs.stream().map(Output::name));
    }

    private static void requireDifferent(String kind, Stream<String> names) {
        Set<String> seen = new HashSet<>();
        names.forEach(name -> {
            if (!seen.add(name)) {
                throw RequestException.bad(kind + " " + name + " is there twice: expected each name once");
            }
        });
    }

    /**
     * An output that is wanted.
     *
     * @param binary whether its values follow the JSON
     * @param classification number of classes to return as strings, the best first; 0 for the values themselves
     */
    public record Output(String name, boolean binary, int classification) {
        /**
         * Makes an output that is wanted.
         *
         * @param parameters {@code binary_data} and {@code classification}; others are ignored
         * @param binary the value without a parameter {@code binary_data}
         * @throws RequestException if {@code classification} is not a whole number, 0 or more
         */
        public static Output of(String name, Map<String, Object> parameters, boolean binary) {
            requireInline("output " + name, parameters);
            Object classification = parameters.getOrDefault("classification", 0L);
            if (!(classification instanceof Long count) || count < 0 || count > Integer.MAX_VALUE) {
                throw RequestException.bad("parameter classification " + shown(classification) + " of output " + name
                        + ": expected a whole number of classes");
            }
            Object ownBinary = parameters.getOrDefault("binary_data", binary);
            return new Output(name, Boolean.TRUE.equals(ownBinary), count.intValue());
        }
    }

    /** Makes a request of one input, whose answer is binary too. */
    public static InferenceRequest raw(Tensor input) {
        return new InferenceRequest("", Map.of(BINARY_OUTPUTS, true), List.of(input), List.of());
    }

    /**
     * Returns this request with more parameters.
     *
     * @throws RequestException if it has one of them already
     */
    public InferenceRequest with(Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(parameters);
        more.forEach((name, value) -> {
            if (all.put(name, value) != null) {
                throw RequestException.bad(
                        "parameter " + name + " is in the query and in the body: expected it in one of them");
            }
        });
        return parameters(all);
    }

    private InferenceRequest parameters(Map<String, Object> values) {
        return new InferenceRequest(id, values, inputs, outputs);
    }

    /** Returns this request with these outputs, as one that names none has them. */
    public InferenceRequest asking(List<String> names) {
        boolean binary = Boolean.TRUE.equals(parameters.get(BINARY_OUTPUTS));
        return new InferenceRequest(
                id,
                parameters,
                inputs,
                names.stream().map(output -> new Output(output, binary, 0)).toList());
    }

    /** Returns this request, with an id if it has none. */
    public InferenceRequest identified(String standard) {
        return id.isEmpty() ? new InferenceRequest(standard, parameters, inputs, outputs) : this;
    }

    /** Returns whether an output follows the JSON of an answer as bytes, because the request asks for that. */
    public boolean isBinary(String output) {
        return outputs.isEmpty()
                ? Boolean.TRUE.equals(parameters.get(BINARY_OUTPUTS))
                : outputs.stream().anyMatch(wanted -> wanted.binary && wanted.name.equals(output));
    }

    /**
     * Checks that the values of an input or output are in the request or its answer.
     *
     * @param what names it
     * @throws RequestException if they are in shared memory
     */
    public static void requireInline(String what, Map<String, Object> parameters) {
        Object region = parameters.get("shared_memory_region");
        if (region != null) {
            throw RequestException.bad(what + " is in the shared memory region " + region
                    + ": this server has no shared memory; send values in requests and read them from answers");
        }
    }

    /** Returns this request with a value for {@code timeout} in microseconds, unless it has a smaller one. */
    public InferenceRequest within(long micros) {
        if (parameters.get(TIMEOUT) instanceof Long own && own != 0 && own <= micros) {
            return this;
        }
        Map<String, Object> limited = new LinkedHashMap<>(parameters);
        limited.put(TIMEOUT, micros);
        return parameters(limited);
    }

    /** Returns the bytes of the heap that the inputs take, or a few more. */
    public long heapBytes() {
        return inputs.stream().mapToLong(Tensor::heapBytes).sum();
    }

    /** Returns an input, or empty. */
    public Optional<Tensor> input(String name) {
        return inputs.stream().filter(input -> input.name().equals(name)).findFirst();
    }

    /** @throws RequestException if an input has none of the known names */
    public void requireInputs(List<String> known) {
        requireKnown("input", inputs.stream().map(Tensor::name), known);
    }

    /** @throws RequestException if an output has none of the known names */
    public void requireOutputs(List<String> known) {
        requireKnown("output", outputs.stream().map(Output::name), known);
    }

    private static void requireKnown(String kind, Stream<String> names, List<String> known) {
        names.filter(name -> !known.contains(name)).findFirst().ifPresent(name -> {
            throw RequestException.bad(kind + " " + name + ": expected some of " + known);
        });
    }

    /** Returns a hash of the names, shapes and values of the inputs, which tells requests apart that should be the same. */
    public long contentDigest() {
        ContentDigest digest = new ContentDigest();
        for (Tensor input : inputs) {
            digest.add(input.name().getBytes(StandardCharsets.UTF_8))
                    .add(input.shape().stream().mapToInt(size -> size).toArray());
            if (input.type().isNumeric()) {
                digest.add(input.floats());
            } else {
                input.elements().forEach(digest::add);
            }
        }
        return digest.value();
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
        throw RequestException.bad("parameter " + name + " " + shown(value) + ": expected a whole number, 0 to " + max);
    }

    /**
     * Returns a yes or no among the parameters.
     *
     * @throws RequestException if it is neither true nor false
     */
    public boolean flag(String name, boolean standard) {
        Object value = parameters.getOrDefault(name, standard);
        if (value instanceof Boolean flag) {
            return flag;
        }
        throw RequestException.bad("parameter " + name + " " + shown(value) + ": expected true or false");
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
        throw RequestException.bad("parameter " + name + " " + shown(value) + ": expected a number");
    }

    /** A text is told from a number that looks the same. */
    private static String shown(Object value) {
        return value instanceof String text ? '"' + text + '"' : value.toString();
    }
}
