package io.github.afterimage.serve.models;

import com.fasterxml.jackson.jr.ob.JSON;
import io.github.afterimage.answer.Calibration;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.model.Classification;
import io.github.afterimage.serve.protocol.DataType;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.protocol.RequestException;
import io.github.afterimage.serve.protocol.Tensor;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Makes the outputs that a request asks for.
 *
 * @param classNames the names of the model that answers, by label
 */
record Outputs(List<String> classNames) {
    /**
     * An input or output.
     *
     * @param shape -1 for a size that a request chooses
     */
    public record Description(String name, DataType type, List<Integer> shape) {}

    static final String PROBABILITIES = "probabilities";
    static final String NETWORK = "network";
    static final String MEMORY = "memory";
    static final String LOG_MASS = "log_mass";
    static final String RECOGNITION = "recognition";
    static final String DOUBT = "doubt";
    /** Takes another pass over the keys. */
    static final String NEIGHBORS = "neighbors";

    static final String CLASSES = "classes";
    static final String SET = "set";
    /** The outputs of every model, in their order. */
    static final List<String> OF_MEMORY = List.of(MEMORY, LOG_MASS, RECOGNITION, DOUBT, CLASSES, SET, NEIGHBORS);

    /**
     * Returns the outputs that every row of an answer has, without more parameters.
     *
     * @param known all that the kind of model has
     * @param calibration of the answer
     */
    static List<String> offered(List<String> known, Calibration calibration) {
        boolean network = calibration.views() != Calibration.ALONE;
        return known.stream()
                .filter(name -> switch (name) {
                    case PROBABILITIES, NETWORK -> network;
                    case SET -> calibration.sets().isPresent();
                    default -> true;
                })
                .toList();
    }

    List<Description> descriptions(List<String> names) {
        return names.stream()
                .map(name -> switch (name) {
                    case LOG_MASS, RECOGNITION, DOUBT -> new Description(name, DataType.FP32, List.of(-1));
                    case NEIGHBORS, CLASSES, SET -> new Description(name, DataType.BYTES, List.of(-1, -1));
                    default -> new Description(name, DataType.FP32, List.of(-1, classNames.size()));
                })
                .toList();
    }

    static boolean wants(InferenceRequest request, String output) {
        return request.outputs().stream().anyMatch(wanted -> wanted.name().equals(output));
    }

    /**
     * Makes the tensors, in the order of the request.
     *
     * @param best number of classes in {@code classes}
     */
    List<Tensor> tensors(InferenceRequest request, List<Row> rows, int best) {
        return request.outputs().stream()
                .map(output -> output.classification() > 0
                        ? ranked(output.name(), rows, output.classification())
                        : tensor(output.name(), rows, best))
                .toList();
    }

    private Tensor tensor(String name, List<Row> rows, int best) {
        return switch (name) {
            case LOG_MASS -> column(name, rows, Classification::logMass);
            case RECOGNITION -> column(name, rows, Classification::recognition);
            case DOUBT -> column(name, rows, Classification::doubt);
            case NEIGHBORS -> neighbors(rows);
            case CLASSES -> ranked(name, rows, best);
            case SET -> sets(rows);
            default -> {
                int classes = classNames.size();
                FloatBuffer all = FloatBuffer.allocate(rows.size() * classes);
                for (Row row : rows) {
                    IntToDoubleFunction values = values(name, row);
                    IntStream.range(0, classes).forEach(c -> all.put((float) values.applyAsDouble(c)));
                }
                yield Tensor.ofFloats(name, List.of(rows.size(), classes), all.array());
            }
        };
    }

    private static Tensor column(String name, List<Row> rows, ToDoubleFunction<Classification> value) {
        float[] values = new float[rows.size()];
        for (int row = 0; row < values.length; row++) {
            values[row] = (float) value.applyAsDouble(rows.get(row).answer());
        }
        return Tensor.ofFloats(name, List.of(rows.size()), values);
    }

    private static IntToDoubleFunction values(String name, Row row) {
        Classification answer = row.answer();
        if (name.equals(NETWORK) && !answer.hasNetwork()) {
            throw RequestException.bad("output network: the memory answers alone, because the request holds features"
                    + " without the network's probabilities, or the network has other classes; ask for memory");
        }
        if (row.isRefused()) {
            return label -> 0;
        }
        if (name.equals(NETWORK)) {
            float[] network = answer.network();
            return label -> network[label];
        }
        double[] values =
                switch (name) {
                    case PROBABILITIES, CLASSES -> answer.probabilities();
                    case MEMORY -> answer.memory();
                    default ->
                        throw RequestException.bad("parameter classification of output " + name
                                + ": expected none, because it is no distribution over the classes");
                };
        return label -> values[label];
    }

    /**
     * Writes the best classes as {@code probability:label:name}, as other servers of the protocol do; empty for a refused row.
     */
    private Tensor ranked(String name, List<Row> rows, int count) {
        int best = Math.min(count, classNames.size());
        return texts(name, rows, best, row -> {
            IntToDoubleFunction distribution = values(name, row);
            return IntStream.range(0, classNames.size())
                    .boxed()
                    .sorted(Comparator.comparingDouble(label -> -distribution.applyAsDouble(label)))
                    .limit(best)
                    .map(label -> row.isRefused()
                            ? ""
                            : (float) distribution.applyAsDouble(label) + ":" + label + ":" + classNames.get(label));
        });
    }

    /** Writes the names of each set, and empty texts behind those of a smaller one. */
    private Tensor sets(List<Row> rows) {
        int places = rows.stream().mapToInt(row -> row.set().size()).max().orElse(0);
        return texts(SET, rows, places, row -> IntStream.range(0, places)
                .mapToObj(place ->
                        place < row.set().size() ? classNames.get(row.set().get(place)) : ""));
    }

    private Tensor neighbors(List<Row> rows) {
        int places = rows.isEmpty() ? 0 : rows.get(0).answer().neighbors().size();
        return texts(NEIGHBORS, rows, places, row -> row.answer().neighbors().stream()
                .map(this::json));
    }

    private static Tensor texts(String name, List<Row> rows, int places, Function<Row, Stream<String>> texts) {
        return Tensor.ofBytes(
                name,
                List.of(rows.size(), places),
                rows.stream()
                        .flatMap(texts)
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList());
    }

    private String json(Neighbor key) {
        try {
            return JSON.std.asString(Explanation.neighbor(key, classNames));
        } catch (IOException e) {
            throw new IllegalStateException(e); // there is no output but memory
        }
    }
}
