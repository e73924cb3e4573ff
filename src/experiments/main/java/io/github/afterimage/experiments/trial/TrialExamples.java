package io.github.afterimage.experiments.trial;

import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.evaluation.Examples;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The features of the three parts, ready to be read many times.
 *
 * @param identity describes all that they depend on
 * @param classNames the names of the classes; empty where they have none
 * @param networkMillis the time of the network for a picture; 0 for features
 * @param owner closed with this
 */
record TrialExamples(
        Map<String, Object> identity,
        Examples memory,
        Examples tuning,
        Examples test,
        List<String> classNames,
        double networkMillis,
        Closeable owner)
        implements Closeable {

    /** Returns the number of classes of all parts together. */
    int classes() {
        return Stream.of(memory, tuning, test).mapToInt(Examples::classes).max().orElseThrow();
    }

    boolean hasNetwork() {
        return memory.hasProbabilities() && tuning.hasProbabilities() && test.hasProbabilities();
    }

    String className(int label) {
        return label < classNames.size() ? classNames.get(label) : "class " + label;
    }

    /** Returns the number of examples of the smallest class that is present. */
    static int fewest(ImageSet images) {
        return fewest(images.size(), images::label);
    }

    static int fewest(Examples examples) {
        return fewest(examples.size(), examples::label);
    }

    private static int fewest(int size, IntUnaryOperator label) {
        return (int) IntStream.range(0, size)
                .map(label)
                .boxed()
                .collect(Collectors.groupingBy(each -> each, Collectors.counting()))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .min()
                .orElse(0);
    }

    @Override
    public void close() throws IOException {
        owner.close();
    }
}
