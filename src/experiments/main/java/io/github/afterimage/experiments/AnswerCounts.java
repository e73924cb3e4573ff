package io.github.afterimage.experiments;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Counts how often a network gives each answer to the examples of each class. Not thread-safe. */
final class AnswerCounts {
    private final Map<Cell, Integer> counts = new HashMap<>();

    /** A class of the labels and a class of the network's answers. */
    record Cell(int label, int answer) {}

    void add(int label, int answer) {
        counts.merge(new Cell(label, answer), 1, Integer::sum);
    }

    int of(int label, int answer) {
        return counts.getOrDefault(new Cell(label, answer), 0);
    }

    /** {@return the number of examples of a class} */
    int examples(int label) {
        return answers(label).map(answer -> of(label, answer)).sum();
    }

    /** {@return the answers that the examples of a class get, the most frequent first} */
    IntStream answers(int label) {
        return counts.keySet().stream()
                .filter(cell -> cell.label() == label)
                .sorted(Comparator.comparing((Cell cell) -> -of(label, cell.answer()))
                        .thenComparing(Cell::answer))
                .mapToInt(Cell::answer);
    }

    /** {@return the counts that are not 0} */
    Set<Map.Entry<Cell, Integer>> entries() {
        return counts.entrySet();
    }
}
