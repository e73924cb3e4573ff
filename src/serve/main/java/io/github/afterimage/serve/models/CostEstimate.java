package io.github.afterimage.serve.models;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.serve.protocol.InferenceRequest;
import io.github.afterimage.serve.work.Cost;
import java.util.List;

/**
 * Bounds what a request costs by what it asks for. Names with characters that JSON escapes may take a few more bytes.
 *
 * @param requestBytes bytes of the heap that the request and its prepared rows take
 */
record CostEstimate(CacheIndex index, long rows, long requestBytes) {
    /** The frame of an answer. */
    private static final int ANSWER = 1_000;
    /** {@code -1.17549435E-38,} */
    private static final int NUMBER = 16;
    /** A class with its probability and number, {@code "1.17549435E-38:1000000:NAME",}. */
    private static final int RANKED = 32;
    /** A neighbour as JSON in a JSON string, beside the names of key and class. */
    private static final int NEIGHBOR = 200;
    /** A class of an explanation as JSON, beside its name. */
    private static final int CANDIDATE = 130;

    /** The sentence of an explanation that says why the answer is uncertain, beside two names. */
    private static final int REASON = 100;

    /** Objects of a row beside its probabilities. */
    private static final int ROW = 200;
    /** The probabilities of a row: of mixture, network, memory and answer. */
    private static final int PROBABILITIES = 24;
    /** The classes of one row while they are sorted. */
    private static final int SORTED = 40;
    /** A neighbour takes three times the bytes of its text in arrays and objects; the text comes to that. */
    private static final int HEAP_OF_ANSWER = 4;
    /** An explanation is a tree of maps before it is text. */
    private static final int HEAP_OF_EXPLANATION = 6;

    Cost infer(List<InferenceRequest.Output> outputs, RequestOptions options) {
        long row = outputs.stream().mapToLong(output -> bytes(output, options)).sum();
        return cost(ANSWER + rows * row, HEAP_OF_ANSWER, "outputs", options);
    }

    private long bytes(InferenceRequest.Output output, RequestOptions options) {
        int number = output.binary() ? Float.BYTES : NUMBER;
        if (output.classification() > 0) {
            return ranked(output.classification());
        }
        return switch (output.name()) {
            case Outputs.LOG_MASS, Outputs.DOUBT -> number;
            case Outputs.CLASSES -> ranked(options.best());
            case Outputs.SET -> ranked(index.classes());
            case Outputs.NEIGHBORS -> neighbors(options);
            default -> (long) index.classes() * number;
        };
    }

    Cost explain(RequestOptions options) {
        long row = ROW
                + REASON
                + 2 * className()
                + best(options.best()) * (CANDIDATE + className())
                + (options.coverage() == 0 ? 0 : ranked(index.classes()))
                + neighbors(options);
        return cost(ANSWER + rows * row, HEAP_OF_EXPLANATION, "classes", options);
    }

    private Cost cost(long answer, int heapOfAnswer, String more, RequestOptions options) {
        long probabilities = rows * (ROW + (long) PROBABILITIES * index.classes()) + (long) SORTED * index.classes();
        String remedy = "ask for fewer than these " + rows + " rows"
                + (options.neighbors() > 0 ? ", " + options.neighbors() + " neighbors" : "") + " or for fewer " + more;
        return new Cost(requestBytes + probabilities + heapOfAnswer * answer, answer, remedy);
    }

    /** Returns the cost of keys that are added: their ids, each an object in a list before it is text. */
    Cost add() {
        long answer = ANSWER + rows * NUMBER;
        return new Cost(requestBytes + HEAP_OF_ANSWER * answer, answer, "add fewer keys at once");
    }

    private long ranked(int count) {
        return best(count) * (RANKED + className());
    }

    private long best(int count) {
        return Math.min(count, index.classes());
    }

    private long neighbors(RequestOptions options) {
        return options.neighbors() == 0
                ? 0
                : Math.min(options.neighbors(), index.size())
                        * (NEIGHBOR + className() + index.statistics().longestName());
    }

    private long className() {
        return index.classNames().stream().mapToInt(String::length).max().orElse(0);
    }
}
