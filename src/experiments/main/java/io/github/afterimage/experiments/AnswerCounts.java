package io.github.afterimage.experiments;

import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
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

    /** Assigns each label a class of the network that no other label has, greedily by the frequency of answers. */
    Map<Integer, Integer> assigned() {
        List<Map.Entry<Cell, Integer>> cells = counts.entrySet().stream()
                .sorted(Comparator.comparing((Map.Entry<Cell, Integer> cell) -> -cell.getValue())
                        .thenComparing(
                                cell -> cell.getKey().label() == cell.getKey().answer() ? 0 : 1)
                        .thenComparing(cell -> cell.getKey().label())
                        .thenComparing(cell -> cell.getKey().answer()))
                .toList();
        Map<Integer, Integer> assigned = new HashMap<>();
        for (Map.Entry<Cell, Integer> cell : cells) {
            if (!assigned.containsKey(cell.getKey().label())
                    && !assigned.containsValue(cell.getKey().answer())) {
                assigned.put(cell.getKey().label(), cell.getKey().answer());
            }
        }
        return assigned;
    }
}
