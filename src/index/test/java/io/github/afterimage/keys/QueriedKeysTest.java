package io.github.afterimage.keys;

import static io.github.afterimage.Numbers.filled;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.settings.ElementType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class QueriedKeysTest {
    @Test
    void rowBitsAgreeWithABitSet() {
        for (long seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int rows = 1 + random.nextInt(500);
            RowBits bits = new RowBits(rows);
            BitSet expected = new BitSet();
            expected.set(0, rows);
            double cleared = List.of(0.0, 0.01, 0.5, 0.99, 1.0).get(random.nextInt(5));
            for (int row = 0; row < rows; row++) {
                if (random.nextDouble() < cleared) {
                    bits.clear(row);
                    expected.clear(row);
                }
            }
            for (int i = 0; i < 50; i++) {
                int from = random.nextInt(rows + 1);
                int to = from + random.nextInt(rows + 1 - from);
                assertThat(bits.count(from, to))
                        .as("seed %d, %d to %d", seed, from, to)
                        .isEqualTo(expected.get(from, to).cardinality());
            }
        }
    }

    /** Runs without a key, runs of chosen keys, few and many keys, in every order. */
    @Test
    void aRangeShowsEachChosenKeyOnceUnderItsRow() {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            int size = 1 + random.nextInt(30_000);
            List<Long> expected = new ArrayList<>();
            try (KeyStore store = new KeyStore(new KeyFormat(1, 1, ElementType.FLOAT32), size)) {
                float[] rows = filled(size, 1);
                store.add(KeyRows.of(FloatBuffer.wrap(rows), new int[size]));
                double[] shares = {0, 0.02, 0.6, 0.97, 1};
                double share = 0;
                for (long id = 0; id < size; id++) {
                    if (id % 500 == 0 && random.nextInt(id % 10_000 == 0 ? 1 : 20) == 0) {
                        share = shares[random.nextInt(shares.length)];
                    }
                    if (random.nextDouble() < share) {
                        expected.add(id);
                    }
                }
                try (Snapshot snapshot = store.snapshot()) {
                    RowBits shown = snapshot.present().none();
                    expected.forEach(shown::mark); // an id is the row
                    QueriedKeys chosen = new QueriedKeys(snapshot, shown, expected);
                    String as = "seed " + seed + ", size " + size;
                    assertThat(chosen.size()).as(as).isEqualTo(expected.size());
                    List<Long> found = new ArrayList<>();
                    long cut = random.nextInt(size + 1);
                    for (List<Keys> range : List.of(chosen.range(0, cut), chosen.range(cut, size))) {
                        for (Keys keys : range) {
                            keys.present()
                                    .forEach(offset -> found.add(snapshot.key(keys.firstRow() + offset)
                                            .id(0)));
                        }
                    }
                    assertThat(found).as(as).isEqualTo(expected);
                }
            }
        }
    }
}
