package io.github.afterimage.experiments.shift;

import io.github.afterimage.Answer;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.Hyperparameters;
import io.github.afterimage.Mixture;
import io.github.afterimage.PartialAnswer;
import io.github.afterimage.Progress;
import io.github.afterimage.Query;
import io.github.afterimage.model.evaluation.Evaluation;
import io.github.afterimage.model.evaluation.Examples;
import java.io.IOException;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * A memory with a θ, a β and a λ: 0 is the network alone, 1 the memory alone.
 *
 * @param answer the classes that a mixture answers with, one or a prediction set; it is wrong without the true class
 */
record TunedMemory(Memory memory, Hyperparameters point, Function<double[], List<Integer>> answer) {
    TunedMemory(Memory memory, Hyperparameters point) {
        this(memory, point, mixture -> List.of(Mixture.best(mixture)));
    }

    /** Clean keys, and others or none. */
    interface Memory {
        /** The clean keys alone. */
        Memory CLEAN = (clean, query) -> clean;

        /** Returns the class sums of all keys, from those of the clean ones. */
        PartialAnswer sums(PartialAnswer clean, Query query);
    }

    /**
     * Finds the examples that each method has wrong. The clean keys are asked once.
     *
     * @param clean takes features as the examples have them
     * @return for each method the numbers of the examples, ascending
     */
    static Map<String, int[]> wrong(
            Map<String, TunedMemory> methods, CacheIndex clean, Examples examples, Progress progress)
            throws IOException {
        double[] thetas = distinct(methods.values(), Hyperparameters::theta);
        double[] betas = distinct(methods.values(), Hyperparameters::beta);
        Map<String, BitSet> wrong = new TreeMap<>();
        methods.keySet().forEach(name -> wrong.put(name, new BitSet()));
        examples.forEachBatch(Evaluation.BATCH, progress, batch -> {
            Query query = Query.of(batch.features()).thetas(thetas).classFactor(betas);
            PartialAnswer sums = clean.partial(query);
            Map<Memory, Answer> answers = new HashMap<>();
            methods.forEach((name, method) -> {
                Answer cache = answers.computeIfAbsent(method.memory, memory -> memory.sums(sums, query)
                                .answer())
                        .at(
                                Arrays.binarySearch(thetas, method.point.theta()),
                                Arrays.binarySearch(betas, method.point.beta()));
                for (int row = 0; row < batch.labels().length; row++) {
                    Objects.requireNonNull(wrong.get(name)).set(batch.first() + row, method.isWrong(batch, row, cache));
                }
            });
        });
        Map<String, int[]> places = new TreeMap<>();
        wrong.forEach((name, set) -> places.put(name, set.stream().toArray()));
        return places;
    }

    private static double[] distinct(Collection<TunedMemory> methods, ToDoubleFunction<Hyperparameters> value) {
        return methods.stream()
                .map(TunedMemory::point)
                .mapToDouble(value)
                .distinct()
                .sorted()
                .toArray();
    }

    private boolean isWrong(Examples.Batch batch, int row, Answer cache) {
        double[] mixture =
                Mixture.of(point.lambda(), batch.network(row), cache.row(row).probabilities());
        return !answer.apply(mixture).contains(batch.labels()[row]);
    }
}
