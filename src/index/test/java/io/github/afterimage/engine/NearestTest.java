package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NearestTest {
    private static final int ROWS = 5000;
    private static final long SEED = 1;

    private record Scored(float score, long row) {}

    /** Scores of few values, so that many are equal. */
    private static List<Scored> scored(int query) {
        Random random = new Random(SEED + query);
        return Stream.iterate(0L, row -> row + 1)
                .limit(ROWS)
                .map(row -> new Scored(random.nextInt(100) / 100f, row))
                .toList();
    }

    private static Nearest best(int k, int from, int to) {
        Nearest nearest = new Nearest(2, k);
        for (int query = 0; query < 2; query++) {
            for (Scored key : scored(query).subList(from, to)) {
                nearest.offer(query, key.score(), key.row());
            }
        }
        nearest.sort(() -> {});
        return nearest;
    }

    private static void check(Nearest nearest) {
        for (int query = 0; query < 2; query++) {
            List<Scored> sorted = scored(query).stream()
                    .sorted(Comparator.comparing(Scored::score).reversed().thenComparing(Scored::row))
                    .toList();
            for (int place = 0; place < nearest.k(); place++) {
                Scored found = new Scored(
                        nearest.scores().get(query * nearest.k() + place),
                        nearest.rows().get(query * nearest.k() + place));
                assertThat(found)
                        .as("seed %s, query %s, place %s of %s", SEED, query, place, nearest.k())
                        .isEqualTo(place < ROWS ? sorted.get(place) : new Scored(Float.NEGATIVE_INFINITY, -1));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 1000, ROWS - 1, ROWS, ROWS + 7})
    void theBestAreThoseOfAFullSort(int k) {
        try (Nearest nearest = best(k, 0, ROWS)) {
            check(nearest);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 10, 1000, ROWS - 1, ROWS, ROWS + 7})
    void mergedPartsAreTheWhole(int k) {
        try (Nearest nearest = best(k, 0, 100);
                Nearest last = best(k, 2600, ROWS);
                Nearest middle = best(k, 100, 2600)) {
            nearest.merge(last);
            nearest.merge(middle);
            check(nearest);
        }
    }

    @Test
    void anInterruptEndsSortingAndMerging() {
        try (Nearest nearest = best(ROWS, 0, 100);
                Nearest other = best(ROWS, 100, ROWS)) {
            Thread.currentThread().interrupt();
            try {
                assertThatThrownBy(() -> nearest.merge(other)).isInstanceOf(CancellationException.class);
                assertThatThrownBy(() -> nearest.sort(Workers::checkInterrupted))
                        .isInstanceOf(CancellationException.class);
            } finally {
                assertThat(Thread.interrupted()).isTrue();
            }
        }
    }
}
