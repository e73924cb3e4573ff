package io.github.afterimage.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotsTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 63, 64, 65, 127, 128, 129, 500, 1000})
    void eachRunOfAGroupHasASlotThatIsFoundByItsClass(int count) {
        long seed = 20181204L + count;
        Random random = new Random(seed);
        for (int classes : new int[] {1, 4, 200}) {
            for (int runLength : new int[] {1, 30, 500}) {
                for (int tileRows : new int[] {128, 384}) {
                    check(
                            ClassOrderTest.randomLabels(random, count, classes, runLength, random.nextBoolean()),
                            classes,
                            tileRows,
                            seed);
                }
            }
        }
    }

    /** Numbers slots as the kernel does: group by group, one more at each change to another class. */
    private static void check(int[] labels, int classes, int tileRows, long seed) {
        Slots slots = Slots.of(labels, classes, tileRows);
        int tiles = (labels.length + tileRows - 1) / tileRows;
        int total = 0;
        for (int tile = 0; tile < tiles; tile++) {
            List<Integer> labelOfSlot = new ArrayList<>();
            int last = Math.min(labels.length, (tile + 1) * tileRows);
            for (int first = tile * tileRows; first < last; first += Slots.GROUP) {
                assertThat(slots.starts()[first / Slots.GROUP])
                        .as("seed %d", seed)
                        .isEqualTo(labelOfSlot.size());
                int label = -1;
                for (int row = first; row < Math.min(last, first + Slots.GROUP); row++) {
                    if (labels[row] != label && labels[row] >= 0) {
                        labelOfSlot.add(labels[row]);
                    }
                    label = labels[row];
                }
            }
            assertThat(slots.slots(tile)).as("seed %d", seed).isEqualTo(labelOfSlot.size());
            int place = slots.tileSlots()[tile];
            int base = tile * (classes + 1);
            for (int label = 0; label < classes; label++) {
                assertThat(slots.tileSlots()[tile] + slots.classStarts()[base + label])
                        .isEqualTo(place);
                for (int slot = 0; slot < labelOfSlot.size(); slot++) {
                    if (labelOfSlot.get(slot) == label) {
                        assertThat(slots.byClass()[place++]).as("seed %d", seed).isEqualTo(slot);
                    }
                }
            }
            assertThat(slots.classStarts()[base + classes]).isEqualTo(labelOfSlot.size());
            total += labelOfSlot.size();
        }
        assertThat(Slots.count(labels, 0, labels.length)).isEqualTo(total);
    }
}
