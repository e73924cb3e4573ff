package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClassOrderTest {
    static int[] randomLabels(Random random, int count, int classes, int runLength, boolean removed) {
        int[] labels = new int[count];
        int label = random.nextInt(classes);
        for (int i = 0; i < count; i++) {
            if (random.nextInt(runLength) == 0) {
                label = random.nextInt(classes);
            }
            labels[i] = removed && random.nextInt(5) == 0 ? -1 : label;
        }
        return labels;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 127, 128, 129, 255, 256, 1000})
    void everyKeyThatIsThereIsInOneRunOfItsClass(int count) {
        long seed = 20181203L + count;
        Random random = new Random(seed);
        for (int classes : new int[] {1, 3, 300}) {
            for (int runLength : new int[] {1, 40}) {
                for (int tileRows : new int[] {128, 768}) {
                    int[] labels = randomLabels(random, count, classes, runLength, random.nextBoolean());
                    check(labels, classes, tileRows, 1, seed);
                    check(labels, classes, tileRows, 8, seed);
                }
            }
        }
    }

    private static void check(int[] labels, int classes, int tileRows, int pieces, long seed) {
        ClassOrder order = ClassOrder.of(labels, classes, tileRows, pieces);
        int tiles = (labels.length + tileRows - 1) / tileRows;
        boolean[] seen = new boolean[labels.length];
        for (int tile = 0; tile < tiles; tile++) {
            int firstRun = order.tileRuns()[tile];
            assertThat(order.lanes(tile, 1)).isIn(4, 8, 16, 32);
            for (int run = 0; run < order.runs(tile); run++) {
                int label = order.runLabels()[firstRun + run] / pieces;
                if (run > 0) {
                    assertThat(label)
                            .as("seed %d: labels of runs", seed)
                            .isGreaterThanOrEqualTo(order.runLabels()[firstRun + run - 1] / pieces);
                    assertThat(order.runLabels()[firstRun + run])
                            .as("seed %d: no two runs have the same sums", seed)
                            .isGreaterThan(order.runLabels()[firstRun + run - 1]);
                }
                int start = order.runStarts()[firstRun + tile + run];
                int end = order.runStarts()[firstRun + tile + run + 1];
                assertThat(end).isGreaterThan(start);
                int before = -1;
                for (int place = start; place < end; place++) {
                    int row = order.order() == null ? place : order.order()[order.tileOrders()[tile] + place];
                    int key = tile * tileRows + row;
                    assertThat(row).isBetween(before + 1, tileRows - 1);
                    assertThat(labels[key]).as("seed %d: key %d", seed, key).isEqualTo(label);
                    assertThat(seen[key]).isFalse();
                    seen[key] = true;
                    before = row;
                }
            }
        }
        for (int key = 0; key < labels.length; key++) {
            assertThat(seen[key]).as("seed %d: key %d", seed, key).isEqualTo(labels[key] >= 0);
        }
    }

    @Test
    void aRunHasManyLanesWhereThereAreFewAndFewWhereThereAreMany() {
        int[] labels = IntStream.range(0, 24_576).map(row -> row / 256).toArray();
        ClassOrder order = ClassOrder.of(labels, 96, labels.length, 1);
        assertThat(order.lanes(0, 1)).isEqualTo(32);
        assertThat(order.lanes(0, 256))
                .as("96 runs x 256 queries x 8 lanes fill a GPU")
                .isEqualTo(8);
        ClassOrder single = ClassOrder.of(IntStream.range(0, 1000).toArray(), 1000, 1024, 1);
        assertThat(single.lanes(0, 4096)).as("runs of one key").isEqualTo(4);
    }

    @Test
    void longRunsAreCutIntoPieces() {
        ClassOrder order = ClassOrder.of(new int[262_144], 1, 262_144, 512);
        assertThat(order.runs(0)).isEqualTo(512);
        assertThat(order.lanes(0, 1)).isEqualTo(32);
        assertThat(order.runStarts()).hasSize(513).startsWith(0, 512, 1024).endsWith(262_144);
    }

    @Test
    void sortedKeysNeedNoOrder() {
        int[] labels = IntStream.range(0, 1000).map(row -> row / 7).toArray();
        assertThat(ClassOrder.of(labels, 200, 128, 1).order()).isNull();
        labels[500] = -1;
        assertThat(ClassOrder.of(labels, 200, 128, 1).order()).hasSize(999);
    }

    @Test
    void keysThatAreAllRemovedHaveNoRuns() {
        int[] labels = new int[300];
        Arrays.fill(labels, -1);
        ClassOrder order = ClassOrder.of(labels, 5, 128, 1);
        assertThat(IntStream.range(0, 3).map(order::runs)).containsOnly(0);
    }
}
